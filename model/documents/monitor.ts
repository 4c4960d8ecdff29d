import { z } from 'zod';
import { driftMonitorSpec } from './monitor/drift.ts';
import { multivariateMonitorSpec } from './monitor/multivariate.ts';
import { performanceMonitorSpec } from './monitor/performance.ts';
import { qualityMonitorSpec } from './monitor/quality.ts';

/** One file per kind in `monitor/`; what a kind does stands in analyzers/monitors/kinds.ts. */
export const monitorSpec = z.discriminatedUnion('kind', [
  driftMonitorSpec,
  qualityMonitorSpec,
  performanceMonitorSpec,
  multivariateMonitorSpec,
]);
export type MonitorSpec = z.output<typeof monitorSpec>;
export type MonitorKind = MonitorSpec['kind'];
