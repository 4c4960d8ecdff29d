import { describe, expect, it } from 'vitest';
import type { Finding } from '../../model/finding.ts';
import { freshClickhouse, freshPostgres } from '../support/stores.ts';
import { DAYS, DOCUMENTS, FAULT_MS, flights, loadedAt, T0 } from './support/flights.ts';
import { createWorld, DAY, HOUR, type World } from './support/world.ts';

const pool = await freshClickhouse();
const WALL0 = T0 + 30 * DAY;

/** Loads the flights in pieces of event time, one wall-clock second apart, and ticks after each. */
async function replay(name: string, pieceMs: number): Promise<{ world: World; findings: Finding[] }> {
  for (const table of ['decisions', 'outcomes', 'feature_profiles', 'slo_minutes', 'findings'])
    await pool.loader.command({ sql: `TRUNCATE TABLE ${table}` });
  const world = createWorld(pool, await freshPostgres(), name);
  await world.apply(DOCUMENTS);
  const data = flights(name);
  let wallMs = WALL0;
  for (let fromMs = T0; fromMs < T0 + DAYS * DAY + 2 * HOUR; fromMs += pieceMs) {
    wallMs += 1_000;
    const inPiece = ({ atMs }: { atMs: number }) => atMs >= fromMs && atMs < fromMs + pieceMs;
    await world.insert('decisions', loadedAt(data.decisions.filter(inPiece), wallMs));
    await world.insert('outcomes', loadedAt(data.outcomes.filter(inPiece), wallMs));
    await world.analyzers.tickOnce(wallMs + 100);
  }
  await world.analyzers.tickOnce(wallMs + HOUR);
  expect(world.events.filter((event) => event.kind.endsWith('failed'))).toEqual([]);
  const findings = await world.deps.findings.list({ project: world.project, limit: 100_000 });
  return { world, findings };
}

const withoutWallClock = (findings: readonly Finding[]) =>
  findings
    .map(({ evaluatedAtMs: _, ...rest }) => rest)
    .sort((a, b) => a.windowEndMs - b.windowEndMs || (a.id < b.id ? -1 : 1));

describe('a replay', () => {
  it('finds the same at any speed, and finds what is wrong', async () => {
    const slow = await replay('replay', 12 * HOUR);
    const fast = await replay('replay', 4 * DAY);
    expect(withoutWallClock(fast.findings)).toEqual(withoutWallClock(slow.findings));

    const of = (monitor: string, subject: string) =>
      fast.findings
        .filter((one) => one.monitor === monitor && one.subject === subject && one.modelVersion === '')
        .sort((a, b) => a.windowEndMs - b.windowEndMs);
    const distance = of('inputs', 'distance');
    const drifted = distance.find((finding) => finding.verdict === 'drift');
    expect(drifted?.windowEndMs).toBeGreaterThan(FAULT_MS);
    expect(drifted?.windowEndMs).toBeLessThanOrEqual(FAULT_MS + DAY);
    // The change point is placed at the fault, to within three of its slots of ten minutes.
    expect(Math.abs((drifted?.onsetMs ?? 0) - FAULT_MS)).toBeLessThanOrEqual(30 * 60_000);
    const full = distance.find((finding) => finding.windowStartMs >= FAULT_MS);
    expect(full?.sentence).toMatch(/kilometres where miles were/);
    expect(of('inputs', 'origin').some((finding) => finding.verdict === 'drift')).toBe(false);
    expect(of('inputs', '@score').some((finding) => finding.verdict === 'drift')).toBe(false);
    expect(distance.filter((finding) => finding.windowStartMs < T0 + 3 * DAY).map((f) => f.verdict)).toEqual(
      Array.from({ length: 15 }, () => 'blind'),
    );

    const slo = of('holds-are-right', 'holds-are-right');
    const paged = slo.find((finding) => finding.verdict === 'burning' && finding.severity === 'page');
    // Labels come two hours later; half of them wrong pass 6 × 5 % in six hours after 3.6 of bad ones at the latest.
    expect(paged?.windowEndMs).toBeGreaterThan(FAULT_MS + 2 * HOUR);
    expect(paged?.windowEndMs).toBeLessThan(FAULT_MS + 7 * HOUR);
    expect(Math.abs((paged?.onsetMs ?? 0) - (FAULT_MS + 2 * HOUR))).toBeLessThanOrEqual(15 * 60_000);
    expect(
      slo.filter((finding) => finding.windowEndMs <= FAULT_MS).some((f) => f.verdict === 'burning'),
    ).toBe(false);
    expect(paged?.sentence).toMatch(/all by version v2/);

    // 1.609 · 2,500 miles is 4,023: of the log-uniform distances those beyond 3,000 are ln(4023/3000)/ln 25 = 9.1 %.
    const range = of('contract', 'distance').findLast((f) => f.statistic === 'out_of_range_share');
    expect(range?.verdict).toBe('breach');
    expect(Math.abs((range?.value ?? 0) - Math.log((1.609344 * 2_500) / 3_000) / Math.log(25))).toBeLessThan(
      0.04,
    );
  });
});
