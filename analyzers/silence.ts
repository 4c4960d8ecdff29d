import type { Severity } from '../model/finding.ts';
import { formatDuration, MINUTE_MS } from '../model/time.ts';
import type { Summarised } from './deps.ts';
import type { FindingDraft } from './finding-draft.ts';
import { instantWords } from './words.ts';

/** Wall clock without a new row after which the analyzers say that they see nothing. */
export const SILENT_AFTER_MS = 15 * MINUTE_MS;

export type Silence = { readonly kind: 'silent'; readonly forMs: number } | { readonly kind: 'heard' };

/** Event time stands still when nothing comes, so silence is the one thing that is read off the wall clock. */
export function silence({ progress }: Summarised, nowMs: number): Silence {
  const lastMs = Math.max(progress.decisions.loadedAtMs ?? 0, progress.outcomes.loadedAtMs ?? 0);
  const forMs = nowMs - lastMs;
  return forMs >= SILENT_AFTER_MS ? { kind: 'silent', forMs } : { kind: 'heard' };
}

export const VOLUME_SUBJECT = '@volume';

type About = { readonly subject: string; readonly statistic: string; readonly severity: Severity };

/** Its window ends after the last one that was looked at: it is the newest thing known. */
export const silentDraft = (
  about: About,
  system: string,
  summarised: Summarised,
  forMs: number,
): FindingDraft =>
  draftAt(about, summarised, {
    verdict: 'blind',
    sentence: `${about.subject}: nothing came from ${system} for ${formatDuration(forMs)}; the picture ends ${instantWords(summarised.profiledUntilMs)}.`,
    evidence: { silentForMs: forMs },
  });

export const heardDraft = (about: About, system: string, summarised: Summarised): FindingDraft =>
  draftAt(about, summarised, {
    verdict: 'ok',
    sentence: `${about.subject}: ${system} is heard again.`,
    evidence: {},
  });

export const CLOCK_SUBJECT = '@clock';

/** Decisions from the future: kept, and counted when their time comes, but nobody can say what they mean now. */
export const aheadDraft = (rows: number, aheadMs: number, atMs: number): FindingDraft =>
  draftAt(
    { subject: CLOCK_SUBJECT, statistic: 'ahead_rows', severity: 'log' },
    { profiledUntilMs: atMs },
    {
      verdict: 'blind',
      sentence: `${rows} new ${rows === 1 ? 'decision is' : 'decisions are'} dated more than ${formatDuration(aheadMs)} ahead of the clock; ${rows === 1 ? 'it counts' : 'they count'} when the time comes. A sender's clock is wrong.`,
      evidence: { reason: 'clock_ahead', rows },
    },
  );

const draftAt = (
  about: About,
  { profiledUntilMs }: Pick<Summarised, 'profiledUntilMs'>,
  said: Pick<FindingDraft, 'verdict' | 'sentence' | 'evidence'>,
): FindingDraft => ({
  ...about,
  ...said,
  modelVersion: '',
  segment: '',
  value: null,
  limit: null,
  n: 0,
  nReference: 0,
  onsetMs: null,
  windowStartMs: profiledUntilMs,
  windowEndMs: profiledUntilMs + MINUTE_MS,
});
