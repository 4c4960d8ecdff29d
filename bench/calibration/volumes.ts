import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { driftOnset } from '../../analyzers/drift/onset.ts';
import { VOLUME_WEEKS, volume } from '../../analyzers/quality/volume.ts';
import { qualityMonitorSpec } from '../../model/documents/monitor/quality.ts';
import { emptySummary, type FeatureSummary } from '../../model/feature-summary.ts';
import { binKey } from '../../model/numeric-bins.ts';
import { DAY_MS, HOUR_MS } from '../../model/time.ts';

/** A table of text cells, without its header. */
const readTable = (path: string): readonly (readonly string[])[] =>
  gunzipSync(readFileSync(path))
    .toString('utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map((cell) => cell.replaceAll('"', '')));

const DAY_COLUMN = 1;
const HOUR_COLUMN = 5;
const COUNT_COLUMN = 16;

type Told = { readonly at: string; readonly rentals: number; readonly words: string };

/**
 * What a volume check with its defaults says of hourly bike rentals in Washington, 2011 and 2012, hour by hour and day by
 * day. An hour without a row had no rental. Source: Fanaee-T and Gama, UCI 275.
 */
export function bikeVolumes(path: string, windowMs: number, fromMs: number): readonly Told[] {
  const counts = new Map<number, number>();
  for (const row of readTable(path)) {
    const atMs = Date.parse(`${row[DAY_COLUMN]}T00:00:00Z`) + Number(row[HOUR_COLUMN]) * HOUR_MS;
    counts.set(atMs, Number(row[COUNT_COLUMN]));
  }
  const [firstEventMs, lastMs] = [Math.min(...counts.keys()), Math.max(...counts.keys())];
  const countAt = (endMs: number): number => {
    let sum = 0;
    for (let at = endMs - windowMs; at < endMs; at += HOUR_MS) sum += counts.get(at) ?? 0;
    return sum;
  };
  const limit = qualityMonitorSpec.parse({ kind: 'quality', system: 's', window: '1h' }).limits.volume;
  const told: Told[] = [];
  for (let endMs = Math.max(fromMs, firstEventMs) + windowMs; endMs <= lastMs + HOUR_MS; endMs += windowMs) {
    const one = volume({ limit, windowMs, stepMs: windowMs, endMs, firstEventMs, countAt });
    if (one?.verdict === 'breach')
      told.push({ at: new Date(endMs - windowMs).toISOString(), rentals: one.n, words: one.words });
  }
  return told;
}

/** The last weeks that an expectation of eight weeks leaves to be judged at the end of 2012. */
export const LAST_WEEKS_FROM_MS = Date.UTC(2013, 0, 1) - VOLUME_WEEKS * 7 * DAY_MS;

/** Prices and demand of Victoria and the transfer stand still until this row, and move after it. */
const ELEC2_BREAK_ROW = 17_424;
const VICTORIA_COLUMNS = { vicprice: 5, vicdemand: 6, transfer: 7 } as const;
const ROWS_PER_DAY = 48;

const profile = (feature: string, values: readonly number[]): FeatureSummary => {
  const bins = new Map<number, number>();
  for (const value of values) {
    const key = binKey(value);
    if (key !== undefined) bins.set(key, (bins.get(key) ?? 0) + 1);
  }
  return { ...emptySummary(feature), bins, min: Math.min(...values), max: Math.max(...values) };
};

/** Where the onset of the New South Wales market's break is put, in rows from it, per feature; days are the slots. */
export function elec2Onsets(path: string): Readonly<Record<string, number | null>> {
  const rows = readTable(path);
  return Object.fromEntries(
    Object.entries(VICTORIA_COLUMNS).map(([feature, column]) => {
      const values = rows.map((row) => Number(row[column]));
      const reference = profile(feature, values.slice(0, 100 * ROWS_PER_DAY));
      // Days of the series do not begin at the break.
      const from = ELEC2_BREAK_ROW - 30 * ROWS_PER_DAY - ROWS_PER_DAY / 2;
      const slots = Array.from({ length: 60 }, (_, day) => ({
        ...profile(feature, values.slice(from + day * ROWS_PER_DAY, from + (day + 1) * ROWS_PER_DAY)),
        startMs: from + day * ROWS_PER_DAY,
      }));
      const onset = driftOnset(reference, slots, 'numeric');
      return [feature, onset === null ? null : onset - ELEC2_BREAK_ROW];
    }),
  );
}
