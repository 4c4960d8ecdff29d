import { z } from 'zod';
import { DOCUMENT_KINDS } from '../../model/documents/document.ts';
import { instant } from './common.ts';

export const ledgerRow = z.object({
  minute: instant,
  signal: z.enum(['spans', 'decisions', 'outcomes', 'logs', 'metrics']),
  received: z.number(),
  stored: z.number(),
  rejected: z.record(z.string(), z.number()),
  deduplicated: z.number(),
  pending: z.number(),
  /** Attributes in payloads that said where a record belongs; what the credential says was kept. */
  overwritten: z.number(),
  balances: z.boolean(),
});
export const ledger = z.object({
  rows: z.array(ledgerRow),
  totals: z.object({
    received: z.number(),
    stored: z.number(),
    rejected: z.number(),
    deduplicated: z.number(),
    pending: z.number(),
    overwritten: z.number(),
    balances: z.boolean(),
  }),
  /** Files in the spool's quarantine, newest first. */
  setAside: z.array(z.object({ name: z.string(), bytes: z.number(), at: instant })),
  refusals: z.array(z.object({ at: instant, signal: z.string(), reason: z.string(), message: z.string() })),
});

export const documentRow = z.object({
  kind: z.enum(DOCUMENT_KINDS),
  name: z.string(),
  version: z.number(),
  createdAt: instant,
  createdBy: z.string(),
  yaml: z.string(),
});
export const applyInput = z.strictObject({
  yaml: z.string().min(1).max(1_000_000),
  dryRun: z.boolean().default(false),
});
export const applied = z.object({
  changes: z.array(
    z.object({
      kind: z.string(),
      name: z.string(),
      change: z.enum(['created', 'changed', 'unchanged']),
      version: z.number(),
    }),
  ),
});

export const session = z.object({
  project: z.string(),
  scopes: z.array(z.string()),
  name: z.string(),
  ingestUrl: z.string(),
});

export const findingRow = z.object({
  id: z.string(),
  system: z.string(),
  monitor: z.string(),
  kind: z.string(),
  subject: z.string(),
  verdict: z.string(),
  severity: z.string(),
  statistic: z.string(),
  value: z.number().nullable(),
  limit: z.number().nullable(),
  n: z.number(),
  onset: instant.nullable(),
  windowStart: instant,
  windowEnd: instant,
  evaluatedAt: instant,
  sentence: z.string(),
  evidence: z.record(z.string(), z.unknown()),
});

export const auditRow = z.object({
  seq: z.number(),
  at: instant,
  by: z.string(),
  what: z.string(),
  subject: z.string(),
  sentence: z.string(),
});

/** What travels on `GET /api/v1/events`: a hint to ask again. */
export const LIVE_TOPICS = ['ingest', 'analysis', 'slo', 'incident', 'review', 'gate', 'document'] as const;
export type LiveTopic = (typeof LIVE_TOPICS)[number];

export type Ledger = z.infer<typeof ledger>;
export type DocumentRow = z.infer<typeof documentRow>;
export type Session = z.infer<typeof session>;
export type FindingRow = z.infer<typeof findingRow>;
