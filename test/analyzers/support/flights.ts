import type { DocumentInput } from '../../../model/documents/document.ts';
import { decisionRow, outcomeRow } from './rows.ts';
import { DAY, HOUR } from './world.ts';

export const T0 = Date.UTC(2026, 2, 1);
/** From here version 2 decides, and reads kilometres where miles were. */
export const FAULT_MS = T0 + 5 * DAY + 6 * HOUR;
export const DAYS = 7;
export const PER_DAY = 720;
const LABEL_AFTER_MS = 2 * HOUR;

export type Record_ = { readonly atMs: number; readonly row: Record<string, unknown> };
export type Flights = { readonly decisions: readonly Record_[]; readonly outcomes: readonly Record_[] };

/** Uniform numbers in [0, 1): a fixed sequence, so that every run sees the same flights. */
function sequence(seed: bigint): () => number {
  let state = seed;
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n;
    return Number(state >> 11n) / 2 ** 53;
  };
}

/**
 * Seven days of decisions, one each two minutes. The distance is log-uniform from 100 to 2,500 miles. Before the fault
 * one decision in fifty is wrong, after it one in two; the label is known two hours after the decision.
 */
export function flights(project: string): Flights {
  const random = sequence(7n);
  const decisions: Record_[] = [];
  const outcomes: Record_[] = [];
  for (let i = 0; i < DAYS * PER_DAY; i += 1) {
    const atMs = T0 + Math.floor((i * DAY) / PER_DAY) + 1_000;
    const faulty = atMs >= FAULT_MS;
    const miles = 100 * 25 ** random();
    const wrong = random() < (faulty ? 0.5 : 0.02);
    const id = `f${i}`;
    const row = decisionRow({
      project,
      id,
      timeMs: atMs,
      value: 'hold',
      version: faulty ? 'v2' : 'v1',
      latencyMs: 20,
      score: random(),
      num: { distance: faulty ? miles * 1.609344 : miles, hour: Math.floor((atMs % DAY) / HOUR) },
      cat: { origin: ['ATL', 'ORD', 'DEN', 'SFO'][Math.floor(random() * 4)] ?? '' },
    });
    decisions.push({ atMs, row });
    const knownMs = atMs + LABEL_AFTER_MS;
    outcomes.push({
      atMs: knownMs,
      row: outcomeRow({ project, id, timeMs: knownMs, value: wrong ? 'late' : 'hold' }),
    });
  }
  return { decisions, outcomes };
}

const of = (kind: string, name: string, spec: unknown): DocumentInput =>
  ({ apiVersion: 'leeway.dev/v1', kind, metadata: { name }, spec }) as DocumentInput;

export const DOCUMENTS: readonly DocumentInput[] = [
  of('System', 'flights', {
    features: {
      distance: { type: 'numeric', unit: 'mi', range: [50, 3_000] },
      origin: { type: 'categorical' },
    },
  }),
  of('SLO', 'holds-are-right', {
    system: 'flights',
    sli: { kind: 'correctness' },
    target: '95%',
    minimumN: 20,
  }),
  of('Monitor', 'inputs', {
    kind: 'drift',
    system: 'flights',
    window: '1d',
    step: '6h',
    reference: { kind: 'first', length: '3d' },
  }),
  of('Monitor', 'contract', {
    kind: 'quality',
    system: 'flights',
    window: '1d',
    step: '6h',
    limits: { outOfRange: 0.05 },
  }),
];

/** The same rows, stamped as a loader would have when it loaded them. */
export const loadedAt = (records: readonly Record_[], loadedAtMs: number): Record<string, unknown>[] =>
  records.map(({ row }) => ({
    ...row,
    loaded_at: new Date(loadedAtMs).toISOString().replace('T', ' ').replace('Z', ''),
  }));
