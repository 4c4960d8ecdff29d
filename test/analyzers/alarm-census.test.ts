import { beforeAll, describe, expect, it } from 'vitest';
import { type Finding, isFiring } from '../../model/finding.ts';
import { freshClickhouse, freshPostgres } from '../support/stores.ts';
import { CENSUS_DOCUMENTS, census, LOSS_MS } from './support/census.ts';
import { createWorld, DAY, HOUR } from './support/world.ts';

const pool = await freshClickhouse();
const world = createWorld(pool, await freshPostgres(), 'census');
let findings: readonly Finding[] = [];

beforeAll(async () => {
  await world.apply(CENSUS_DOCUMENTS);
  const { decisions, outcomes, untilMs } = census(world.project);
  await world.insert('decisions', decisions);
  await world.insert('outcomes', outcomes);
  await world.analyzers.tickOnce(untilMs + DAY);
  expect(world.events.filter((event) => event.kind.endsWith('failed'))).toEqual([]);
  findings = await world.deps.findings.list({ project: world.project, limit: 10_000 });
}, 240_000);

const firing = (which: (finding: Finding) => boolean): readonly Finding[] =>
  findings.filter((finding) => isFiring(finding.verdict) && which(finding));

describe('drift without harm, and harm without drift', () => {
  it('finds that people changed, says that it costs nothing, and wakes nobody', () => {
    const drift = firing(({ kind, windowEndMs }) => kind === 'drift' && windowEndMs <= LOSS_MS);
    expect(drift.map(({ subject }) => subject)).toContain('ancestry');
    for (const { severity, evidence, sentence } of drift) {
      expect(severity).toBe('log');
      expect(evidence['impact']).toMatchObject({ reason: 'harmless' });
      expect(sentence).toContain('No harm seen');
    }
    expect(firing(({ severity, windowEndMs }) => severity !== 'log' && windowEndMs <= LOSS_MS)).toEqual([]);
  });

  it('pages for a real loss of accuracy within its second window', () => {
    const pages = firing(({ kind, severity }) => kind === 'performance' && severity === 'page');
    const first = Math.min(...pages.map(({ windowEndMs }) => windowEndMs));
    expect(first).toBeGreaterThan(LOSS_MS);
    expect(first).toBeLessThanOrEqual(LOSS_MS + 2 * DAY + HOUR);
  });
});
