import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../model/time.ts';
import { longestCalmMs } from '../../store/postgres/bake.ts';
import { freshPostgres } from '../support/stores.ts';
import { finding, minute } from './findings.ts';
import { buildHouse, newTelemetry, PROJECT } from './house.ts';

describe('the longest calm stretch of a service', () => {
  const served = { startMs: 0, endMs: 100 };
  it.each([
    ['all of it without trouble', [], 100],
    ['before the trouble', [{ startMs: 60, endMs: 100 }], 60],
    ['after it', [{ startMs: -50, endMs: 30 }], 70],
    [
      'between two',
      [
        { startMs: 80, endMs: 200 },
        { startMs: 0, endMs: 10 },
      ],
      70,
    ],
    [
      'not counted twice where troubles overlap',
      [
        { startMs: 10, endMs: 90 },
        { startMs: 20, endMs: 30 },
      ],
      10,
    ],
    ['nothing at all', [{ startMs: -1, endMs: 101 }], 0],
    ['trouble beyond it', [{ startMs: 100, endMs: 200 }], 100],
  ])('%s', (_name, troubles, expected) => {
    expect(longestCalmMs(served, troubles)).toBe(expected);
  });
});

const change = {
  project: PROJECT,
  system: 'flights',
  reason: 'test',
  incident: null,
  atMs: minute(0),
  by: 'ann',
};

describe('a gate', () => {
  it('knows which versions are good: those that baked in calm', async () => {
    const house = buildHouse(await freshPostgres(), newTelemetry());
    await house.deploy('v1', minute(0) - 10 * DAY_MS);
    await house.deploy('v2', minute(0) - 2 * DAY_MS);
    await house.deploy('v3', minute(0) - HOUR_MS);
    await house.deploy('v4', minute(0));
    expect(await house.gate()).toMatchObject({ servingVersion: 'v4', revision: 4, route: 'auto' });
    expect(await Promise.all(['v1', 'v2', 'v3', 'v4'].map((version) => house.statusOf(version)))).toEqual([
      'known_good',
      'known_good',
      'retired',
      'live',
    ]);
    expect((await house.gates.lastKnownGood(PROJECT, 'flights', 'v4'))?.version).toBe('v2');
    await house.gates.quarantine(PROJECT, 'flights', 'v2', 'ann', Date.now());
    expect((await house.gates.lastKnownGood(PROJECT, 'flights', 'v4'))?.version).toBe('v1');
    expect((await house.gates.lastKnownGood(PROJECT, 'flights', 'v1'))?.version).toBeUndefined();
  });

  it('does not call a version good whose whole service was a paging incident', async () => {
    const house = buildHouse(await freshPostgres(), newTelemetry());
    await house.deploy('v1', minute(0));
    await house.see(finding({ verdict: 'burning', at: 60, onsetMs: minute(30) }));
    await house.deploy('v2', minute(0) + 3 * DAY_MS);
    expect(await house.statusOf('v1')).toBe('retired');
  });

  it('is changed against the revision that was read', async () => {
    const house = buildHouse(await freshPostgres(), newTelemetry());
    expect(await house.gates.change({ ...change, route: 'review' }, Date.now())).toMatchObject({
      reason: 'no_gate',
    });
    await house.deploy('v1', minute(0) - 10 * DAY_MS);
    await house.deploy('v2', minute(0));
    const racing = await Promise.all(
      Array.from({ length: 5 }, (_, n) =>
        house.gates.change({ ...change, servingVersion: 'v1', expectedRevision: 2, by: `p${n}` }, Date.now()),
      ),
    );
    expect(racing.map(({ kind }) => kind).sort()).toEqual([
      'changed',
      'refused',
      'refused',
      'refused',
      'refused',
    ]);
    expect(await house.gates.change({ ...change, servingVersion: 'v1' }, Date.now())).toMatchObject({
      kind: 'unchanged',
    });
    expect(await house.gates.history(PROJECT, 'flights', 10)).toMatchObject([
      { revision: 3, servingVersion: 'v1', atMs: minute(0) },
      { revision: 2, servingVersion: 'v2' },
      { revision: 1, servingVersion: 'v1' },
    ]);
  });

  it('is created once by racing first deployments', async () => {
    const house = buildHouse(await freshPostgres(), newTelemetry());
    const results = await Promise.all(['v1', 'v2', 'v3'].map((version) => house.deploy(version, minute(0))));
    expect(results.map(({ kind }) => kind)).toEqual(['changed', 'changed', 'changed']);
    const versions = await house.gates.versions(PROJECT, 'flights');
    expect(versions.filter(({ status }) => status === 'live')).toHaveLength(1);
    expect((await house.gate())?.revision).toBe(3);
  });

  it('tells of a change in the transaction that makes it: what is rolled back was never told', async () => {
    const db = await freshPostgres();
    const house = buildHouse(db, newTelemetry());
    await house.deploy('v1', minute(0));
    const before = await house.live.after(PROJECT, 0);
    await expect(
      db.transaction(async (tx) => {
        await house.gates.change({ ...change, route: 'review' }, Date.now(), tx);
        throw new RangeError('the rest failed');
      }),
    ).rejects.toThrow('the rest failed');
    expect(await house.gate()).toMatchObject({ route: 'auto', revision: 1 });
    expect(await house.live.after(PROJECT, 0)).toEqual(before);
    expect(await house.audit.verify()).toEqual({ intact: true, entries: 1 });
  });

  it('notes versions seen in decisions, once, at their first sight', async () => {
    const house = buildHouse(await freshPostgres(), newTelemetry());
    for (const at of [5, 3, 9]) await house.gates.observe(PROJECT, 'flights', 'v7', minute(at));
    expect(await house.gates.versions(PROJECT, 'flights')).toMatchObject([
      { version: 'v7', status: 'candidate', firstSeenMs: minute(3), liveSinceMs: null },
    ]);
  });
});
