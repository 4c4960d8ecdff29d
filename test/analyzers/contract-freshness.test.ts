import { beforeAll, describe, expect, it } from 'vitest';
import { checkContracts } from '../../model/contract-check.ts';
import { contractSpec } from '../../model/documents/contract.ts';
import { documentName } from '../../model/ids.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import type { PostgresDb } from '../../store/ports/postgres.ts';
import { freshClickhouse, freshPostgres } from '../support/stores.ts';
import { decisionRow } from './support/rows.ts';
import { createWorld, MINUTE } from './support/world.ts';

const T0 = Date.UTC(2026, 2, 1, 10);
let pool: ClickhousePool;
let postgres: PostgresDb;
beforeAll(async () => {
  [pool, postgres] = await Promise.all([freshClickhouse(), freshPostgres()]);
});

describe('a feature that says when it was made', () => {
  const spec = contractSpec.parse({
    system: 's',
    features: { rate: { freshness: { maxAge: '15m', at: 'rate_at' } } },
  });
  const broken = (features: Record<string, string | number | null>): readonly string[] =>
    checkContracts([spec], features, T0).violations;
  const iso = (agoMs: number): string => new Date(T0 - agoMs).toISOString();

  it.each([
    ['as old as promised', iso(15 * MINUTE), []],
    ['a second older', iso(15 * MINUTE + 1_000), ['freshness:rate']],
    ['in milliseconds', T0 - 16 * MINUTE, ['freshness:rate']],
    ['in milliseconds, in time', T0 - MINUTE, []],
    ['in seconds', (T0 - 16 * MINUTE) / 1_000, ['freshness:rate']],
    ['in seconds, in time', (T0 - MINUTE) / 1_000, []],
    ['made after the decision, by another clock', iso(-MINUTE), []],
    ['by a word that is no time', 'yesterday', ['freshness:rate']],
    ['and does not say it', null, ['freshness:rate']],
  ])('%s', (_, madeAt, violations) => {
    expect(broken({ rate: 1.2, rate_at: madeAt })).toEqual(violations);
  });

  it('is not asked for its age when it is missing itself', () => {
    expect(broken({ rate: null, rate_at: iso(60 * MINUTE) })).toEqual([]);
    expect(broken({})).toEqual([]);
  });
});

describe('a feature that promises to have come', () => {
  it('is in breach once it was away longer than promised, since then, and well when it is back; drift has no say', async () => {
    const world = createWorld(pool, postgres, 'ages');
    const apply = {
      apiVersion: 'leeway.dev/v1',
      kind: 'Contract',
      metadata: { name: documentName.parse('flights-promise') },
      spec: {
        system: 'flights',
        features: { wind: { freshness: { maxAge: '10m' } }, never: { freshness: { maxAge: '10m' } } },
      },
    } as const;
    await world.apply([apply as never]);
    // A decision every minute; the wind comes until minute 20, and again from minute 40 on.
    const rows = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, at) => {
        const minute = from + at;
        const blows = minute < 20 || minute >= 40;
        return decisionRow({
          project: world.project,
          id: `m${minute}`,
          timeMs: T0 + minute * MINUTE,
          num: blows ? { wind: 5, distance: 1 } : { distance: 1 },
        });
      });
    const said = async () => {
      await world.analyzers.tickOnce(Date.now());
      const found = await world.deps.findings.list({ project: world.project, system: 'flights', limit: 100 });
      const newest = Math.max(...found.map(({ windowEndMs }) => windowEndMs));
      return Object.fromEntries(
        found
          .filter(({ windowEndMs }) => windowEndMs === newest)
          .map(({ subject, verdict, kind, statistic, value, onsetMs }) => [
            subject,
            { verdict, kind, statistic, value, onset: onsetMs === null ? null : (onsetMs - T0) / MINUTE },
          ]),
      );
    };
    const base = { kind: 'quality', statistic: 'contract_age_s' };

    // Steps of ten minutes; the newest one that is closed ends at 20 here.
    await world.insert('decisions', rows(0, 25));
    expect(await said()).toEqual({
      wind: { ...base, verdict: 'ok', value: 0, onset: null },
      // Looked for since minute 10, which is as long as it may be away.
      never: { ...base, verdict: 'breach', value: 600, onset: 20 },
    });
    await world.insert('decisions', rows(25, 35));
    expect((await said())['wind']).toEqual({ ...base, verdict: 'breach', value: 600, onset: 30 });
    await world.insert('decisions', rows(35, 55));
    expect((await said())['wind']).toEqual({ ...base, verdict: 'ok', value: 0, onset: null });
  });
});
