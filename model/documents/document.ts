import { z } from 'zod';
import { documentName } from '../ids.ts';
import { channelSpec } from './channel.ts';
import { contractSpec } from './contract.ts';
import { monitorSpec } from './monitor.ts';
import { policySpec } from './policy.ts';
import { queueSpec } from './queue.ts';
import { sloSpec } from './slo.ts';
import { systemSpec } from './system.ts';

export const API_VERSION = 'leeway.dev/v1';

const of = <K extends string, S extends z.ZodType>(kind: K, spec: S) =>
  z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(kind),
    metadata: z.strictObject({ name: documentName, labels: z.record(z.string(), z.string()).optional() }),
    spec,
  });

/** Configuration as code: one of these per YAML document. */
export const document = z.discriminatedUnion('kind', [
  of('System', systemSpec),
  of('Monitor', monitorSpec),
  of('SLO', sloSpec),
  of('Policy', policySpec),
  of('Channel', channelSpec),
  of('Queue', queueSpec),
  of('Contract', contractSpec),
]);
/** As written: durations are text, defaults are absent. This is what is stored, so that a version reads as its author wrote it. */
export type DocumentInput = z.input<typeof document>;
/** As understood: durations are milliseconds, defaults are filled in. */
export type Document = z.output<typeof document>;
export type DocumentKind = Document['kind'];
export type DocumentOf<K extends DocumentKind> = Extract<Document, { kind: K }>;

export const DOCUMENT_KINDS = [
  'System',
  'Monitor',
  'SLO',
  'Policy',
  'Channel',
  'Queue',
  'Contract',
] as const satisfies readonly DocumentKind[];
