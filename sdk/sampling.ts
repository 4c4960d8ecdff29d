import type { DecisionRecord } from './record.ts';

/** Which decisions are sent where not all can be. */
export type Sampling = {
  /** Of those that machines made by themselves without an error, 0..1. All others are always sent. */
  readonly share: number;
};

/** The record as it is sent, or `dropped`. What was kept stands for those that were not: its weight is raised by 1 / share. */
export function sampled(record: DecisionRecord, { share }: Sampling): DecisionRecord | 'dropped' {
  const isTouched = record.actor !== 'ai' || record.route === 'review' || record.error !== undefined;
  if (isTouched || !(share < 1)) return record;
  if (!(unitOf(record.id) < share)) return 'dropped';
  return { ...record, weight: (record.weight ?? 1) / share };
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * 0 ≤ unit < 1, from the id alone: every process that knows the decision comes to the same word. FNV-1a, and then the
 * finaliser of MurmurHash3, because FNV's high bits hardly move for short ids that differ at their end.
 */
function unitOf(id: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
