import { formatDuration } from '../../model/time.ts';
import type { Delay, Novelty, StretchFacts } from '../../store/ports/samples.ts';
import { proportionsZ } from '../stats/index.ts';
import { percentWords } from '../words.ts';
import type { Asked, Counted, Told } from './check.ts';

const SUBJECT = '@volume';

export const repeatedIds = ({ spec }: Asked, facts: StretchFacts): Counted => ({
  subject: SUBJECT,
  statistic: 'repeated_id_share',
  bad: facts.repeatedIds,
  n: facts.decisions + facts.repeatedIds,
  limit: spec.limits.duplicates,
  words: 'of the rows repeat an id of another',
});

export const copies = ({ spec }: Asked, facts: StretchFacts): Counted => ({
  subject: SUBJECT,
  statistic: 'copied_share',
  bad: facts.copies,
  n: facts.whole,
  limit: spec.limits.duplicates,
  words: 'of the decisions equal another in everything but the id',
});

export const future = ({ spec }: Asked, facts: StretchFacts): Counted => ({
  subject: SUBJECT,
  statistic: 'future_share',
  bad: facts.future,
  n: facts.whole,
  limit: spec.limits.future,
  words: 'of the decisions are dated more than a minute after they were received',
});

/** Without a limit of its own: this many times what the reference had, and no less than this. */
const DELAY_GROWTH = 4;
const LEAST_DELAY_MS = 60_000;

/** How late decisions are here. Judged only where somebody, or the reference, says what is in time. */
export function arrival(
  { spec }: Asked,
  facts: StretchFacts,
  reference: Delay | undefined,
): Told | undefined {
  const { delayMs, whole: decisions } = facts;
  const usual = reference?.delayMs ?? null;
  const limitMs =
    spec.limits.delay ??
    (usual === null || (reference?.decisions ?? 0) < spec.minimumN
      ? undefined
      : Math.max(LEAST_DELAY_MS, DELAY_GROWTH * usual));
  if (limitMs === undefined) return undefined;
  const base = {
    subject: SUBJECT,
    statistic: 'arrival_delay' as const,
    limit: limitMs / 1_000,
    n: decisions,
  };
  if (delayMs === null || decisions < spec.minimumN)
    return {
      ...base,
      verdict: 'not_enough_data',
      value: null,
      words: `${decisions} decisions say nothing yet of how late they come; ${spec.minimumN} are asked for`,
    };
  const late = delayMs > limitMs;
  const words = `of 100 decisions 95 are here within ${formatDuration(Math.max(0, Math.round(delayMs / 1_000)) * 1_000)}`;
  return {
    ...base,
    verdict: late ? 'breach' : 'ok',
    value: delayMs / 1_000,
    nReference: reference?.decisions ?? 0,
    words: late ? `${words}; ${formatDuration(Math.round(limitMs / 1_000) * 1_000)} is the limit` : words,
    evidence: { usualMs: usual },
  };
}

/** Chance of a false word about one window. */
const NOVELTY_ALPHA = 0.001;

/** Values never seen before, where there are too many to list: against how new the reference was to itself. */
export function neverSeen({ spec }: Asked, feature: string, novelty: Novelty): Told {
  const { n, unseen, baselineN, baselineUnseen } = novelty;
  const base = {
    subject: feature,
    statistic: 'never_seen_share' as const,
    limit: spec.limits.newCategory,
    n,
    nReference: baselineN,
    evidence: { ...novelty },
  };
  if (novelty.truncated)
    return {
      ...base,
      verdict: 'blind',
      value: null,
      words: `the reference has more than ${novelty.referenceDistinct} different values, too many to know which are new; watch what they are made of instead`,
    };
  if (Math.min(n, baselineN) < spec.minimumN)
    return {
      ...base,
      verdict: 'not_enough_data',
      value: n > 0 ? unseen / n : null,
      words: `${Math.min(n, baselineN)} values on a side; ${spec.minimumN} are asked for`,
    };
  const share = unseen / n;
  const usual = baselineUnseen / baselineN;
  const test = proportionsZ(
    { successes: baselineUnseen, trials: baselineN },
    { successes: unseen, trials: n },
  );
  const isMore =
    share - usual > spec.limits.newCategory && test.kind === 'value' && test.pValue <= NOVELTY_ALPHA;
  const words = `${percentWords(share)} (${unseen} of ${n}) of its values were never seen before, and ${percentWords(usual)} is usual; ${novelty.distinct} different ones`;
  return {
    ...base,
    verdict: isMore ? 'breach' : 'ok',
    value: share,
    words: isMore ? `${words}; ${percentWords(spec.limits.newCategory)} more is the limit` : words,
  };
}
