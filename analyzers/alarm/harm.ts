import { wilsonInterval } from '../stats/index.ts';
import { percentWords } from '../words.ts';

/** What became of the decisions of a stretch, by when they were made. */
export type Judged = { readonly decisions: number; readonly judged: number; readonly wrong: number };

/** Whether the decisions of the window went wrong more often than those of the reference. */
export type Harm =
  | { readonly kind: 'seen'; readonly wrong: number; readonly before: number; readonly extraShare: number }
  | {
      readonly kind: 'none_seen';
      readonly wrong: number;
      readonly before: number;
      readonly extraShare: number;
    }
  | { readonly kind: 'unknown'; readonly because: 'no_labels' | 'labels_not_there_yet' | 'cannot_tell' };

/** Fewer labels than this say nothing of a rate. */
const LEAST_JUDGED = 100;
/** Under this share of judged decisions those that are judged may be the easy ones. */
const LEAST_SHARE = 0.5;
/** An extra share of wrong decisions matters from this part of what the objective allows. */
const MATTERS_OF_BUDGET = 0.25;
/** Without an objective, from two decisions in a hundred. */
const MATTERS = 0.02;
const CONFIDENCE = 0.95;

/**
 * The difference of the two shares of wrong decisions with its 95 % interval (Newcombe's, from Wilson's intervals):
 * `seen` when it is above zero and its estimate matters, `none_seen` when even its upper end does not matter.
 * `allowedWrong`: the error budget, 1 − target of the tightest objective; null when there is none.
 * Source: Newcombe, Stat. Med. 17 (1998), method 10.
 */
export function harmOf(before: Judged, now: Judged, allowedWrong: number | null): Harm {
  if (before.judged === 0 && now.judged === 0) return { kind: 'unknown', because: 'no_labels' };
  if (now.judged < LEAST_JUDGED || now.judged < LEAST_SHARE * now.decisions || before.judged < LEAST_JUDGED)
    return { kind: 'unknown', because: 'labels_not_there_yet' };
  const [p, q] = [before.wrong / before.judged, now.wrong / now.judged];
  const { extra, low, high } = moreOften(before, now);
  const matters = allowedWrong === null ? MATTERS : MATTERS_OF_BUDGET * allowedWrong;
  if (low > 0 && extra >= matters) return { kind: 'seen', wrong: q, before: p, extraShare: extra };
  if (high < matters) return { kind: 'none_seen', wrong: q, before: p, extraShare: extra };
  return { kind: 'unknown', because: 'cannot_tell' };
}

/** How much more often it went wrong now, with its interval. Both sides hold judged decisions. */
export function moreOften(
  before: Judged,
  now: Judged,
): { readonly extra: number; readonly low: number; readonly high: number } {
  const [p, q] = [before.wrong / before.judged, now.wrong / now.judged];
  const [a, b] = [interval(before), interval(now)];
  const extra = q - p;
  return {
    extra,
    low: extra - Math.hypot(q - b.low, a.high - p),
    high: extra + Math.hypot(b.high - q, p - a.low),
  };
}

function interval({ wrong, judged }: Judged): { readonly low: number; readonly high: number } {
  const found = wilsonInterval({ successes: wrong, trials: judged }, CONFIDENCE);
  return found.kind === 'value' ? found : { low: 0, high: 1 };
}

export function harmWords(harm: Harm): string {
  switch (harm.kind) {
    case 'seen':
      return `It costs: ${percentWords(harm.wrong)} of the window's decisions were wrong, ${percentWords(harm.before)} in the reference.`;
    case 'none_seen':
      return `No harm seen: ${percentWords(harm.wrong)} of the window's decisions were wrong, ${percentWords(harm.before)} in the reference.`;
    case 'unknown':
      return UNKNOWN_WORDS[harm.because];
  }
}

const UNKNOWN_WORDS = {
  no_labels: 'No labels say whether it costs anything.',
  labels_not_there_yet: 'Too few labels of this window are there yet to say what it costs.',
  cannot_tell: 'The labels cannot tell yet whether it costs anything.',
} as const;
