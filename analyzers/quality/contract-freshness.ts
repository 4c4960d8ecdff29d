import { formatDuration } from '../../model/time.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { instantWords } from '../words.ts';

/** What a contract promises of one feature's age, and what was seen of it. */
export type Sighting = {
  readonly contract: string;
  readonly feature: string;
  readonly maxAgeMs: number;
  /** End of the last stretch in which it had a value; null: in none that was ever looked at. */
  readonly seenMs: number | null;
  /** Values and decisions within the promised age. */
  readonly values: number;
  readonly decisions: number;
  /** Since when it was looked for. */
  readonly fromMs: number;
  readonly atMs: number;
};

/**
 * A feature must have come, not missing, within its promised age before `atMs`. Whether its distribution moved is
 * another question: this is the contract's promise, and its breach has a statistic of its own.
 */
export function contractFreshness(sighting: Sighting): FindingDraft {
  const { contract, feature, maxAgeMs, seenMs, values, decisions, fromMs, atMs } = sighting;
  // Never seen: at least as old as the look back.
  const ageMs = values > 0 ? 0 : atMs - (seenMs ?? fromMs);
  const limit = formatDuration(maxAgeMs);
  const verdict = values > 0 ? 'ok' : decisions > 0 && ageMs >= maxAgeMs ? 'breach' : 'not_enough_data';
  const last = seenMs === null ? 'was never seen' : `was last seen ${instantWords(seenMs)}`;
  const words: Record<typeof verdict, string> = {
    ok: `seen within the ${limit} that ${contract} promises`,
    breach: `${last}, with ${decisions} decisions in the ${limit} that ${contract} promises. Look at what feeds it.`,
    not_enough_data: `${decisions} decisions in the ${limit} that ${contract} promises are too few to say how old it is`,
  };
  return {
    subject: feature,
    modelVersion: '',
    segment: '',
    severity: 'ticket',
    verdict,
    statistic: 'contract_age_s',
    value: verdict === 'not_enough_data' ? null : ageMs / 1_000,
    limit: maxAgeMs / 1_000,
    n: values,
    nReference: 0,
    onsetMs: verdict === 'breach' ? (seenMs ?? fromMs) + maxAgeMs : null,
    windowStartMs: atMs - maxAgeMs,
    windowEndMs: atMs,
    sentence: `${feature}: ${words[verdict]}${verdict === 'breach' ? '' : '.'}`,
    evidence: { contract, ...(seenMs === null ? {} : { lastSeenMs: seenMs }) },
  };
}
