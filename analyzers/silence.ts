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

const draftAt = (
  about: About,
  { profiledUntilMs }: Summarised,
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
