import { DAY_MS, HOUR_MS, MINUTE_MS } from './time.ts';

/**
 * How long labels take is kept in stretches of these upper ends: fine where minutes matter, coarse where days do.
 * Stretch i holds delays in [edge i−1, edge i); what comes after the last edge is not waited for.
 */
export const DELAY_EDGES_MS: readonly number[] = [
  ...[1, 5, 15, 30].map((m) => m * MINUTE_MS),
  ...[1, 2, 3, 4, 6, 8, 12, 18].map((h) => h * HOUR_MS),
  ...[1, 1.5, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 21, 25, 30, 35, 45, 60, 75, 90].map((d) => d * DAY_MS),
];
/** A label later than this is not waited for. */
export const LABEL_HORIZON_MS = 90 * DAY_MS;
