import { z } from 'zod';
import { BIN_STEPS, MOST_BINS } from '../../model/numeric-bins.ts';
import { instant } from './common.ts';

const MOST_FEATURES = 2_000;
/** A hundred of the most frequent and one for the rest. */
const MOST_CATEGORIES = 101;
/** As documents are named; without a flag, which no JSON Schema could carry. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const referenceRow = z.object({
  system: z.string(),
  name: z.string(),
  version: z.number(),
  state: z.enum(['active', 'retired']),
  origin: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('window'), from: instant, to: instant, modelVersion: z.string().nullable() }),
    z.object({ kind: z.literal('file'), file: z.string(), rows: z.number(), sha256: z.string() }),
  ]),
  hash: z.string(),
  features: z.number(),
  values: z.number(),
  by: z.string(),
  acceptedAt: instant,
  note: z.string(),
  /** Monitors that use it: those of its name, and those that ask for it. */
  monitors: z.array(z.string()),
});

/** What a file holds of one column, as `leeway reference load` counts it. */
export const summaryInput = z.strictObject({
  feature: z.string().min(1).max(128),
  missing: count,
  sum: z.number(),
  sumSq: z.number(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  binStep: z.literal([...BIN_STEPS]),
  bins: z.array(z.tuple([z.number().int(), count])).max(MOST_BINS),
  categories: z.array(z.tuple([z.string().max(1_024), count])).max(MOST_CATEGORIES),
});

export const referenceInput = z.strictObject({
  name: z.string().regex(NAME, 'letters, digits, dots, dashes and underscores, 63 at most'),
  note: z.string().max(2_000).default(''),
  source: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('window'),
      from: z.string().min(1),
      to: z.string().min(1),
      modelVersion: z.string().min(1).max(256).optional(),
    }),
    z.strictObject({
      kind: z.literal('file'),
      file: z.string().min(1).max(1_024),
      rows: count,
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      summaries: z.array(summaryInput).min(1).max(MOST_FEATURES),
    }),
  ]),
});

export const backfillRow = z.object({
  id: z.string(),
  system: z.string(),
  from: instant,
  to: instant,
  doneUntil: instant,
  /** 0..1 of its stretch. */
  doneShare: z.number(),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  lastError: z.string(),
  by: z.string(),
  askedAt: instant,
});

const instantOrNull = instant.nullable();

/** How far the analyzers have come with a system, and how late they are with each of its monitors. */
export const analysisRow = z.object({
  system: z.string(),
  firstEvent: instantOrNull,
  watermark: instantOrNull,
  profiledUntil: instantOrNull,
  /** Which levels of profiles there are: hours and days until `rolledUntil`, minutes from `minutesFrom` on … */
  levels: z
    .object({ rolledUntil: instant, minutesFrom: instant, hoursFrom: instant, daysFrom: instant })
    .nullable(),
  /** Wall clock of the last tick, to ten seconds; and by which process. */
  tickedAt: instantOrNull,
  tickedBy: z.string(),
  /** Wall clock since then: above half a minute nobody looks after the system. */
  lateMs: z.number().nullable(),
  monitors: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      evaluatedUntil: instantOrNull,
      /** Event time between what is summarised and what it has looked at; a window and a step are no delay. */
      behindMs: z.number().nullable(),
      lastError: z.string(),
    }),
  ),
});
export type AnalysisRow = z.infer<typeof analysisRow>;
