import { type Finding, isFiring, type Verdict } from '../../model/finding.ts';
import { DEFAULT_PROJECT, documentName, systemName } from '../../model/ids.ts';
import { MINUTE_MS } from '../../model/time.ts';

/** Any instant; the tests count minutes from here. */
export const T0_MS = Date.parse('2026-03-02T00:00:00Z');
export const minute = (n: number): number => T0_MS + n * MINUTE_MS;

export type FindingSketch = {
  readonly verdict: Verdict;
  /** Window end, in minutes after T0; the window is five minutes long, or reaches back to the onset. */
  readonly at: number;
} & Partial<Omit<Finding, 'verdict' | 'project' | 'system' | 'monitor'>> & {
    readonly system?: string;
    readonly monitor?: string;
  };

export function finding(sketch: FindingSketch): Finding {
  const { at, system = 'flights', monitor = 'hold-correctness', verdict, ...rest } = sketch;
  const subject = rest.subject ?? monitor;
  return {
    id: JSON.stringify([system, monitor, subject, rest.modelVersion ?? '', at]),
    project: DEFAULT_PROJECT,
    system: systemName.parse(system),
    monitor: documentName.parse(monitor),
    kind: 'slo',
    subject,
    modelVersion: '',
    segment: '',
    verdict,
    severity: isFiring(verdict) ? 'page' : 'log',
    statistic: 'burn_rate',
    value: isFiring(verdict) ? 8 : 0.5,
    limit: 6,
    n: 1_000,
    nReference: 0,
    onsetMs: null,
    windowStartMs: Math.min(minute(at - 5), rest.onsetMs ?? minute(at)),
    windowEndMs: minute(at),
    evaluatedAtMs: minute(at),
    sentence: `${subject} is ${verdict}.`,
    evidence: {},
    ...rest,
  };
}

export const drift = (sketch: FindingSketch): Finding =>
  finding({
    kind: 'drift',
    monitor: 'inputs',
    subject: 'distance',
    statistic: 'psi',
    limit: 0.2,
    severity: 'ticket',
    ...sketch,
  });
