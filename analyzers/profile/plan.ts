import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from '../../model/time.ts';
import type { MinuteRange, NewSegment } from '../../store/ports/profiles.ts';
import type { Cursors, StreamProgress } from '../../store/ports/progress.ts';

/** Marks of loaders that have been silent this long, against the newest, are dropped: their rows are all behind it. */
const CURSOR_KEPT_MS = HOUR_MS;

/** A stream's progress after its new segments were looked at. */
export function advance(stream: StreamProgress, segments: readonly NewSegment[]): StreamProgress {
  const cursors: Record<string, Cursors[string]> = { ...stream.cursors };
  let { newestMs, loadedAtMs } = stream;
  for (const segment of segments) {
    const mark = cursors[segment.loader];
    if (!mark || segment.loadedAtMs >= mark.atMs)
      cursors[segment.loader] = { atMs: segment.loadedAtMs, rows: segment.rows };
    if (segment.newestMs !== null) newestMs = Math.max(newestMs ?? segment.newestMs, segment.newestMs);
    loadedAtMs = Math.max(loadedAtMs ?? segment.loadedAtMs, segment.loadedAtMs);
  }
  const newest = Math.max(0, ...Object.values(cursors).map((mark) => mark.atMs));
  const kept = Object.entries(cursors).filter(([, mark]) => mark.atMs >= newest - CURSOR_KEPT_MS);
  return { cursors: Object.fromEntries(kept), newestMs, loadedAtMs };
}

/** Beyond the allowed lateness, how long a stream must have been still (wall clock) to be waited for no longer. */
const STILL_MS = 10_000;
const LONGEST_WAIT_MS = 60_000;

/**
 * Minutes before it are closed. While streams flow it is the slowest one's newest event minus the allowed lateness, so
 * that labels which trail the decisions are waited for. A stream that stands still is not waited for; when all stand
 * still, nothing more is expected of what was seen, and the last minute closes too. Never moves back.
 */
export function watermark(
  streams: readonly StreamProgress[],
  previousMs: number | null,
  allowedLatenessMs: number,
  nowMs: number,
): number | null {
  const patienceMs = Math.min(allowedLatenessMs, LONGEST_WAIT_MS) + STILL_MS;
  const seen = streams.flatMap((stream) =>
    stream.newestMs === null
      ? []
      : [{ newestMs: stream.newestMs, flows: nowMs - (stream.loadedAtMs ?? 0) < patienceMs }],
  );
  if (seen.length === 0) return previousMs;
  const flowing = seen.filter((stream) => stream.flows);
  const next =
    flowing.length > 0
      ? startOf(Math.min(...flowing.map((stream) => stream.newestMs)) - allowedLatenessMs, MINUTE_MS)
      : startOf(Math.max(...seen.map((stream) => stream.newestMs)), MINUTE_MS) + MINUTE_MS;
  return previousMs === null ? next : Math.max(previousMs, next);
}

/** Minutes nearer to each other than this are restated in one stretch: fewer, larger reads. */
const RANGE_GAP_MS = 10 * MINUTE_MS;

/** Single minutes → ascending half-open ranges. */
export function toRanges(minutesMs: readonly number[]): readonly MinuteRange[] {
  const ranges: { fromMs: number; toMs: number }[] = [];
  for (const minuteMs of [...new Set(minutesMs)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && minuteMs - last.toMs <= RANGE_GAP_MS) last.toMs = minuteMs + MINUTE_MS;
    else ranges.push({ fromMs: minuteMs, toMs: minuteMs + MINUTE_MS });
  }
  return ranges;
}

/** How work is cut: statements bounded in rows (memory) and in event time (partitions written at once). */
export const VOLUME_BUCKET_MS = HOUR_MS;
export const CHUNK_ROWS = 200_000;
export const CHUNK_SPAN_MS = 7 * DAY_MS;

/** Cuts a stretch at bucket edges so that no piece holds more than CHUNK_ROWS, unless one bucket does. */
export function chunksOf(
  range: MinuteRange,
  volume: readonly { readonly startMs: number; readonly rows: number }[],
): readonly MinuteRange[] {
  const chunks: MinuteRange[] = [];
  let fromMs = range.fromMs;
  let rows = 0;
  const cut = (atMs: number): void => {
    if (atMs > fromMs) chunks.push({ fromMs, toMs: atMs });
    fromMs = Math.max(fromMs, atMs);
    rows = 0;
  };
  for (const bucket of volume) {
    const startMs = Math.max(bucket.startMs, range.fromMs);
    while (startMs - fromMs >= CHUNK_SPAN_MS) cut(fromMs + CHUNK_SPAN_MS);
    if (rows > 0 && rows + bucket.rows > CHUNK_ROWS) cut(startMs);
    rows += bucket.rows;
  }
  while (range.toMs - fromMs > CHUNK_SPAN_MS) cut(fromMs + CHUNK_SPAN_MS);
  cut(range.toMs);
  return chunks;
}
