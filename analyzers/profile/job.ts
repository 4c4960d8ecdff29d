import { DAY_MS, MINUTE_MS, startOf } from '../../model/time.ts';
import type { MinuteRange, NewSegment, ProfileLevels } from '../../store/ports/profiles.ts';
import type { AnalysisProgress } from '../../store/ports/progress.ts';
import type { Summarised, TickContext } from '../deps.ts';
import { backfillStep } from './backfill.ts';
import { advance, chunksOf, toRanges, VOLUME_BUCKET_MS, watermark } from './plan.ts';
import { rollUp, summariseAgain } from './summarise.ts';

/** Clocks of senders may run ahead by this much and still move the watermark. */
export const AHEAD_MS = 10 * MINUTE_MS;
/** History before the first events that is believed; an event dated 1970 is a clock gone wrong. */
const HISTORY_MS = 400 * DAY_MS;
/** Pieces closed in one tick, so that evaluations and other systems get their turn during a catch-up. */
const CHUNKS_PER_TICK = 8;

export type ProfileResult =
  | { readonly kind: 'nothing_yet'; readonly aheadRows: number }
  | {
      readonly kind: 'summarised';
      readonly summarised: Summarised;
      readonly more: boolean;
      /** Stretches whose summaries are others than before; what was judged anew only is not among them. */
      readonly restated: readonly MinuteRange[];
      /** New decisions dated further ahead of the clock than a sender's may be. */
      readonly aheadRows: number;
    };

/**
 * Reads what is new, restates closed minutes that late rows touch, closes minutes up to the watermark. The work
 * follows new rows, not history. Progress is saved after the rows it stands for, so a crash repeats and loses nothing.
 */
export async function profileSystem(context: TickContext): Promise<ProfileResult> {
  const { stores, project, system, spec } = context;
  const startedMs = context.nowMs();
  const before = await stores.progress.analysis(project, system);
  const closedMs = before.profiledUntilMs ?? 0;
  const [decisions, outcomes] = await readNews(context, before, closedMs);
  const aheadRows = decisions.reduce((sum, segment) => sum + segment.aheadRows, 0);
  const progress = moved(before, decisions, outcomes, spec.allowedLateness, startedMs);
  const { firstEventMs, watermarkMs } = progress;
  if (firstEventMs === null || watermarkMs === null) return { kind: 'nothing_yet', aheadRows };
  const fromMs = progress.profiledUntilMs ?? startOf(firstEventMs, MINUTE_MS);
  const known = await stores.profiles.levels(project, system);
  const restated = await restate(context, progress, { decisions, outcomes, levels: known }, fromMs);
  const closed = await close(context, progress, { fromMs, toMs: watermarkMs });
  const { computedAtMs } = progress;
  const rolled = await rollUp(context, known, {
    firstEventMs,
    profiledUntilMs: closed.untilMs,
    computedAtMs,
  });
  const again = await backfillStep(context, rolled.levels, { profiledUntilMs: closed.untilMs, computedAtMs });
  const newRows = [...decisions, ...outcomes].reduce((sum, segment) => sum + segment.rows, 0);
  const advanced = newRows > 0 || closed.untilMs > closedMs || again.worked;
  const profiledUntilMs = closed.untilMs;
  if (advanced) {
    await stores.progress.saveAnalysis(project, system, { ...progress, profiledUntilMs });
    const tookMs = context.nowMs() - startedMs;
    const restatedMinutes = restated.minutes;
    context.emit({ kind: 'profiled', project, system, newRows, restatedMinutes, profiledUntilMs, tookMs });
  }
  return {
    kind: 'summarised',
    summarised: { progress, firstEventMs, profiledUntilMs, levels: rolled.levels },
    more: closed.more || rolled.more || again.more,
    restated: [...restated.ranges, ...(again.worked ? [{ fromMs: 0, toMs: profiledUntilMs }] : [])],
    aheadRows,
  };
}

async function readNews(
  { stores, project, system, nowMs }: TickContext,
  before: AnalysisProgress,
  closedBeforeMs: number,
): Promise<readonly [NewSegment[], NewSegment[]]> {
  const query = { project, system, aheadLimitMs: nowMs() + AHEAD_MS, closedBeforeMs };
  // Outcomes first: whatever was decided before they were read is then read too.
  const outcomes = await stores.profiles.outcomeNews({ ...query, cursors: before.outcomes.cursors });
  const decisions = await stores.profiles.decisionNews({ ...query, cursors: before.decisions.cursors });
  return [decisions, outcomes];
}

function moved(
  before: AnalysisProgress,
  newDecisions: readonly NewSegment[],
  newOutcomes: readonly NewSegment[],
  allowedLatenessMs: number,
  nowMs: number,
): AnalysisProgress {
  const decisions = advance(before.decisions, newDecisions);
  const outcomes = advance(before.outcomes, newOutcomes);
  const oldestMs = Math.min(...newDecisions.map((segment) => segment.oldestMs));
  const first =
    before.firstEventMs ??
    (decisions.newestMs === null ? null : Math.max(oldestMs, decisions.newestMs - HISTORY_MS));
  return {
    ...before,
    decisions,
    outcomes,
    firstEventMs: first,
    watermarkMs: watermark([decisions, outcomes], before.watermarkMs, allowedLatenessMs, nowMs),
    computedAtMs: Math.max(nowMs, before.computedAtMs + 1),
  };
}

/** Closed minutes that new rows fall into, or whose judgement they change. Returns how many, and where summaries changed. */
async function restate(
  context: TickContext,
  progress: AnalysisProgress,
  news: {
    readonly decisions: readonly NewSegment[];
    readonly outcomes: readonly NewSegment[];
    readonly levels: ProfileLevels | undefined;
  },
  closedMs: number,
): Promise<{ readonly minutes: number; readonly ranges: readonly MinuteRange[] }> {
  const { stores, project, system } = context;
  if (news.decisions.length + news.outcomes.length === 0) return { minutes: 0, ranges: [] };
  const late = (segments: readonly NewSegment[]): number[] =>
    segments.flatMap((segment) => segment.lateMinutesMs);
  const decided = late(news.decisions);
  const ranges = toRanges(decided);
  await summariseAgain(context, ranges, news.levels, progress.computedAtMs);
  const judges = context.slos.some(({ document }) => document.spec.sli.kind === 'correctness');
  const touched = judges
    ? await stores.sloMinutes.touchedMinutes({
        project,
        system,
        ...news,
        closedBeforeMs: closedMs,
      })
    : [];
  const judged = [...late(news.outcomes), ...touched];
  await count(context, ranges, toRanges(judged), progress.computedAtMs);
  return { minutes: new Set([...decided, ...judged]).size, ranges };
}

async function close(
  context: TickContext,
  progress: AnalysisProgress,
  range: MinuteRange,
): Promise<{ readonly untilMs: number; readonly more: boolean }> {
  const { stores, project, system, spec } = context;
  if (range.toMs <= range.fromMs) return { untilMs: range.fromMs, more: false };
  const volume = await stores.profiles.volume(project, system, range, VOLUME_BUCKET_MS);
  const chunks = chunksOf(range, volume);
  let untilMs = range.fromMs;
  for (const chunk of chunks.slice(0, CHUNKS_PER_TICK)) {
    await stores.profiles.profile(project, system, [chunk], spec, progress.computedAtMs);
    await count(context, [chunk], [chunk], progress.computedAtMs);
    await observeVersions(context, chunk);
    untilMs = chunk.toMs;
    if (chunks.length > 1)
      await stores.progress.saveAnalysis(project, system, { ...progress, profiledUntilMs: untilMs });
  }
  return { untilMs, more: untilMs < range.toMs };
}

/** Each SLO over the minutes of what it counts: decisions, or what became known of them. */
async function count(
  { stores, project, system, spec, slos }: TickContext,
  decided: readonly MinuteRange[],
  judged: readonly MinuteRange[],
  computedAtMs: number,
): Promise<void> {
  for (const { document } of slos) {
    const { sli } = document.spec;
    const definition = { slo: document.metadata.name, sli, system: spec };
    const ranges = sli.kind === 'correctness' ? judged : decided;
    await stores.sloMinutes.count(project, system, definition, ranges, computedAtMs);
  }
}

async function observeVersions(context: TickContext, range: MinuteRange): Promise<void> {
  const { stores, project, system } = context;
  if (!stores.gates) return;
  for (const { version, firstSeenMs } of await stores.profiles.versions(project, system, range))
    await stores.gates.observe(project, system, version, firstSeenMs);
}
