import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TickContext } from '../../analyzers/deps.ts';
import { seasonOf } from '../../analyzers/monitors/reference-places.ts';
import { openReferences, type ReferenceFound } from '../../analyzers/monitors/references.ts';
import { loadSlots } from '../../analyzers/monitors/window-run.ts';
import { createThread } from '../../analyzers/multivariate/thread.ts';
import { serve } from '../../app/serve.ts';
import { reference } from '../../model/documents/reference.ts';
import { systemSpec } from '../../model/documents/system.ts';
import { DEFAULT_PROJECT, systemName } from '../../model/ids.ts';
import { createReferenceProfiles } from '../../store/clickhouse/references.ts';
import { createBackfillStore } from '../../store/postgres/backfills.ts';
import { createReferenceBook } from '../../store/postgres/references.ts';
import { bearer, openApi } from '../api/support/app.ts';
import { freshDirectory } from '../support/stores.ts';
import { decisionRow } from './support/rows.ts';
import { createWorld, DAY, HOUR, MINUTE } from './support/world.ts';

/** A Monday. */
const T0 = Date.UTC(2026, 2, 2);
const WEEK = 7 * DAY;
const WALL0 = T0 + 30 * DAY;
const V2_MS = T0 + 16 * DAY;
const PER_HOUR = 4;

const test = await openApi();
test.clock.nowMs = WALL0 + 2 * HOUR;
const book = createReferenceBook(test.db, { audit: test.audit, live: test.live });
const profiles = createReferenceProfiles(test.pool.api);
const backfills = createBackfillStore(test.db);
const world = createWorld(test.pool, test.db, DEFAULT_PROJECT, {
  backfills,
  gates: test.gates,
  references: { book, profiles },
  instance: 'one',
});
const token = await test.token(['read', 'operate']);
const ask = (path: string, body?: unknown) =>
  test.ask(`/api/v1${path}`, {
    headers: { ...bearer(token), 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
type Answered = Record<string, unknown> & {
  readonly rows: Record<string, unknown>[];
  readonly hash: string;
  readonly detail: string;
};
const json = async (answer: Response): Promise<Answered> => (await answer.json()) as Answered;
const asked = async (path: string, body?: unknown) => {
  const answer = await ask(path, body);
  expect(answer.status, await answer.clone().text()).toBe(200);
  return json(answer);
};

const instant = (ms: number) => new Date(ms).toISOString();

/** Twenty days, four decisions an hour: 100 miles on average, on Mondays from 8 to 9 a thousand. From the 17th day on version 2. */
beforeAll(async () => {
  await world.insert(
    'decisions',
    Array.from({ length: 20 * 24 * PER_HOUR }, (_, i) => {
      const timeMs = T0 + (i * HOUR) / PER_HOUR;
      const rush = Math.floor(((timeMs - T0) % WEEK) / HOUR) === 8;
      return decisionRow({
        project: world.project,
        id: `d${i}`,
        timeMs,
        num: { distance: (rush ? 1_000 : 100) + (i % 2 === 0 ? -1 : 1) },
        version: timeMs < V2_MS ? 'v1' : 'v2',
        loadedAtMs: WALL0,
      });
    }),
  );
  await world.apply([
    {
      apiVersion: 'leeway.dev/v1',
      kind: 'Monitor',
      metadata: { name: 'inputs' },
      spec: {
        ...{ kind: 'drift', system: 'flights', features: ['distance'], window: '1d', minimumN: 10 },
        reference: { kind: 'first', length: '7d' },
      },
    },
  ]);
  await world.analyzers.tickOnce(WALL0 + HOUR);
});

const context: TickContext = {
  stores: world.deps,
  project: world.project,
  system: systemName.parse('flights'),
  spec: systemSpec.parse({}),
  slos: [],
  monitors: [],
  multivariate: createThread(),
  nowMs: () => WALL0,
  emit: () => undefined,
};

async function find(
  asks: unknown,
  window: { startMs: number; endMs: number },
  monitor = 'another',
): Promise<ReferenceFound> {
  const spec = reference.parse(asks);
  const references = await openReferences(
    context,
    new Map(),
    { monitor, reference: spec },
    {
      progress: await world.deps.progress.analysis(world.project, 'flights'),
      firstEventMs: T0,
      profiledUntilMs: T0 + 20 * DAY,
    },
  );
  const series = await loadSlots(context, window, window.endMs - window.startMs, 'all');
  return references.at(window, series);
}

const sumOf = (found: ReferenceFound) =>
  found.kind === 'ready' ? found.summaries.get('distance')?.sum : found.because;

describe('a seasonal reference', () => {
  const rush = { startMs: T0 + 2 * WEEK + 8 * HOUR, endMs: T0 + 2 * WEEK + 9 * HOUR };
  it('is the same hours of the weeks before', async () => {
    const found = await find({ kind: 'seasonal', weeks: 4 }, rush);
    // There are two weeks before, of the four that were asked for: four decisions of a thousand miles in each.
    expect(sumOf(found)).toBe(2 * PER_HOUR * 1_000);
    expect(found).toMatchObject({
      kind: 'ready',
      window: {
        kind: 'seasonal',
        stretches: [
          { startMs: T0 + WEEK + 8 * HOUR, endMs: T0 + WEEK + 9 * HOUR },
          { startMs: T0 + 8 * HOUR, endMs: T0 + 9 * HOUR },
        ],
      },
    });
    const tuesday = { startMs: rush.startMs + DAY, endMs: rush.endMs + DAY };
    expect(sumOf(await find({ kind: 'seasonal', weeks: 1 }, tuesday))).toBe(PER_HOUR * 100);
  });

  it('says when there is no week yet, and what a window may be', async () => {
    const early = { startMs: T0 + 3 * DAY, endMs: T0 + 4 * DAY };
    expect(sumOf(await find({ kind: 'seasonal' }, early))).toMatch(/no full week before the window/);
    const long = { startMs: T0 + 10 * DAY, endMs: T0 + 18 * DAY };
    expect(sumOf(await find({ kind: 'seasonal' }, long))).toMatch(/take a window of 7d or less/);
    expect(seasonOf(3, { startMs: T0 + WEEK, endMs: T0 + WEEK + HOUR }, T0)).toHaveLength(1);
  });
});

describe('a model version as reference', () => {
  const window = { startMs: T0 + 18 * DAY, endMs: T0 + 19 * DAY };
  it('is what it was given before the window, or what the one before was given', async () => {
    const found = await find({ kind: 'version', length: '10d' }, window);
    // Of the ten days before the window eight had version 1; the Monday in them adds four times 900 miles.
    expect(sumOf(found)).toBe(8 * 24 * PER_HOUR * 100 + PER_HOUR * 900);
    expect(found).toMatchObject({ window: { kind: 'version', modelVersion: 'v1' } });
    expect(sumOf(await find({ kind: 'version', version: 'v2', length: '10d' }, window))).toBe(
      2 * 24 * PER_HOUR * 100,
    );
  });

  it('says when there is none', async () => {
    const first = { startMs: T0 + 3 * DAY, endMs: T0 + 4 * DAY };
    expect(sumOf(await find({ kind: 'version' }, first))).toMatch(/no model version served before/);
    expect(sumOf(await find({ kind: 'version', version: 'v9' }, window))).toMatch(
      /version v9 decided nothing/,
    );
  });
});

describe('a stored reference', () => {
  const window = { startMs: T0 + 18 * DAY, endMs: T0 + 19 * DAY };
  const accept = (name: string, fromMs: number, toMs: number) =>
    ask('/systems/flights/references', {
      name,
      note: 'after the new timetable',
      source: { kind: 'window', from: instant(fromMs), to: instant(toMs) },
    });

  it('is kept with its number, who accepted it, from what, and a hash of what it holds', async () => {
    const first = await json(await accept('summer', T0, T0 + DAY));
    expect(first).toMatchObject({
      ...{ system: 'flights', name: 'summer', version: 1, state: 'active' },
      ...{ values: 24 * PER_HOUR, by: 'test read+operate', monitors: [] },
      origin: { kind: 'window', from: instant(T0), to: instant(T0 + DAY), modelVersion: null },
    });
    const again = await json(await accept('summer', T0, T0 + DAY));
    expect(again).toMatchObject({ version: 2, hash: first.hash });
    const other = await json(await accept('summer', T0 + DAY, T0 + 2 * DAY));
    expect(other['version']).toBe(3);
    expect(other.hash).not.toBe(first.hash);
    const found = await find({ kind: 'stored', name: 'summer' }, window);
    expect(sumOf(found)).toBe(24 * PER_HOUR * 100);
    expect(found).toMatchObject({ window: { kind: 'stored', name: 'summer', version: 3, hash: other.hash } });
    // The first day is a Monday.
    expect(sumOf(await find({ kind: 'stored', name: 'summer', version: 1 }, window))).toBe(
      24 * PER_HOUR * 100 + PER_HOUR * 900,
    );
    await asked('/systems/flights/references/summer/3/retire', {});
    expect(await find({ kind: 'stored', name: 'summer' }, window)).toMatchObject({ window: { version: 2 } });
    const { rows } = await asked('/references?system=flights');
    expect(rows.map((row) => [row['version'], row['state']])).toEqual([
      [3, 'retired'],
      [2, 'active'],
      [1, 'active'],
    ]);
    expect((await test.audit.list(world.project, 10)).map(({ what }) => what)).toContain(
      'reference.accepted',
    );
  });

  it('stands in for the reference of the monitor it is named after, and its findings say so', async () => {
    const accepted = await json(await accept('inputs', T0 + 9 * DAY, T0 + 11 * DAY));
    expect(accepted['monitors']).toEqual(['inputs']);
    await world.insert(
      'decisions',
      Array.from({ length: 2 * 24 * PER_HOUR }, (_, i) =>
        decisionRow({
          project: world.project,
          id: `more${i}`,
          timeMs: T0 + 20 * DAY + (i * HOUR) / PER_HOUR,
          num: { distance: i % 2 === 0 ? 99 : 101 },
          version: 'v2',
          loadedAtMs: WALL0 + HOUR + MINUTE,
        }),
      ),
    );
    await world.analyzers.tickOnce(WALL0 + 2 * HOUR);
    const findings = await world.deps.findings.list({
      ...{ project: world.project, system: 'flights', subject: 'distance', limit: 100 },
      fromMs: T0 + 21 * DAY,
    });
    const mine = findings.filter(
      ({ monitor, segment, modelVersion }) => monitor === 'inputs' && segment + modelVersion === '',
    );
    expect(mine.length).toBeGreaterThan(0);
    for (const { evidence, nReference } of mine) {
      expect(nReference).toBe(2 * 24 * PER_HOUR);
      expect(evidence['reference']).toMatchObject({ name: 'inputs', version: 1, hash: accepted.hash });
    }
    const drawn = await asked('/systems/flights/features/distance/distribution?monitor=inputs');
    expect(drawn['reference']).toMatchObject({ n: 2 * 24 * PER_HOUR, source: 'inputs, version 1' });
  });

  it.each([
    ['nothing happened', T0 - 2 * DAY, T0 - DAY, 409, /no values in that stretch/],
    ['is not summarised yet', T0, T0 + 28 * DAY, 409, /is summarised until .* only/],
    ['ends before it begins', T0 + DAY, T0, 400, /`from` must lie before `to`/],
  ])('is refused where %s', async (_, fromMs, toMs, status, sentence) => {
    const answer = await accept('refused', fromMs, toMs);
    expect(answer.status).toBe(status);
    expect((await json(answer)).detail).toMatch(sentence);
  });

  it('that is not there says what to do', async () => {
    expect(sumOf(await find({ kind: 'stored', name: 'winter' }, window))).toMatch(
      /no reference "winter": load one with leeway reference load.*\(there are: inputs, summer\)/,
    );
  });

  it('comes from a file, by its columns', async () => {
    const file = join(freshDirectory('reference'), 'january.csv');
    const rows = Array.from({ length: 50 }, (_, i) => `${i + 1},${i % 5 === 0 ? '' : 'ATL'}`);
    writeFileSync(file, ['distance,origin', ...rows].join('\n'));
    const server = await serve(test.api.app.fetch, '127.0.0.1', 0);
    const child = spawn(
      process.execPath,
      ['app/main.ts', 'reference', 'load', file, '--system', 'flights', '--name', 'january'],
      {
        env: { ...process.env, LEEWAY_URL: `http://127.0.0.1:${server.port}`, LEEWAY_TOKEN: token },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let said = '';
    child.stdout.on('data', (text) => (said += text));
    child.stderr.on('data', (text) => (said += text));
    const [code] = await once(child, 'close');
    await server.close();
    expect(code, said).toBe(0);
    expect(said).toMatch(/accepted flights\/january v1 · january\.csv, 50 rows · 2 features, 50 values/);
    const found = await find({ kind: 'stored', name: 'january' }, window);
    // 1 + 2 + … + 50; forty of fifty rows have an origin.
    expect(sumOf(found)).toBe(1_275);
    const origin = found.kind === 'ready' ? found.summaries.get('origin') : undefined;
    expect(origin).toMatchObject({ missing: 10, categories: new Map([['ATL', 40]]) });
  });
});

describe('a reference in a document', () => {
  it.each([
    [
      { kind: 'fixed', from: instant(T0 + DAY), to: instant(T0) },
      /would end .* before it begins .* exchange/,
    ],
    [{ kind: 'seasonal', weeks: 40 }, /at most 26 weeks/],
    [{ kind: 'seasonal', weeks: 0 }, /how many weeks back, 1 to 26/],
    [{ kind: 'stored' }, /name|expected string/],
  ])('%o is refused with a reason', (input, sentence) => {
    const parsed = reference.safeParse(input);
    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join()).toMatch(
      sentence,
    );
  });
});

describe('the state of the analysis', () => {
  it('says how far it is with each monitor, who looks after it, and what is being made again', async () => {
    const { rows } = await asked('/analysis');
    expect(rows).toMatchObject([
      {
        ...{ system: 'flights', firstEvent: instant(T0), tickedBy: 'one', lateMs: 0 },
        levels: { minutesFrom: instant(T0), daysFrom: instant(T0) },
        monitors: [{ name: 'inputs', kind: 'Monitor', lastError: '' }],
      },
    ]);
    const backfill = await asked('/systems/flights/backfills', { from: instant(T0), to: instant(T0 + DAY) });
    expect(backfill).toMatchObject({ state: 'waiting', doneShare: 0 });
    await world.analyzers.tickOnce(WALL0 + 3 * HOUR);
    expect(await asked(`/backfills/${backfill['id']}`)).toMatchObject({ state: 'done', doneShare: 1 });
    const unknown = await ask('/systems/nobody/backfills', { from: 'now-1d', to: 'now' });
    expect([unknown.status, (await json(unknown)).detail]).toEqual([
      409,
      'Nothing of "nobody" was summarised yet, so there is nothing to make again.',
    ]);
  });
});

describe('a multivariate monitor', () => {
  it('has the same references, in decisions instead of profiles', async () => {
    const accepted = await ask('/systems/flights/references', {
      name: 'spring',
      source: { kind: 'window', from: instant(T0 + 9 * DAY), to: instant(T0 + 11 * DAY) },
    });
    expect(accepted.status).toBe(200);
    const monitor = (name: string, of: unknown) => ({
      ...{ apiVersion: 'leeway.dev/v1' as const, kind: 'Monitor' as const, metadata: { name } },
      spec: {
        ...{ kind: 'multivariate' as const, system: systemName.parse('flights'), window: '6d', minimumN: 50 },
        ...{ checks: ['domain' as const], reference: of as { kind: 'previous'; length: string } },
      },
    });
    await world.apply([
      monitor('previous', { kind: 'previous', length: '3d' }),
      monitor('season', { kind: 'seasonal', weeks: 2 }),
      monitor('release', { kind: 'version', length: '10d' }),
      monitor('kept', { kind: 'stored', name: 'spring' }),
      monitor('filed', { kind: 'stored', name: 'january' }),
    ]);
    await world.analyzers.tickOnce(WALL0 + 4 * HOUR);
    const findings = await world.deps.findings.list({
      ...{ project: world.project, system: 'flights', subject: '@features', limit: 100 },
    });
    // The last whole window: days 12 to 18. One of the two weeks before lies in history; version 1 served until day 16.
    const last = (name: string) =>
      findings.find((one) => one.monitor === name && one.windowEndMs === T0 + 18 * DAY);
    const perDay = 24 * PER_HOUR;
    expect(last('previous')).toMatchObject({ nReference: 3 * perDay, n: 6 * perDay });
    expect(last('season')).toMatchObject({
      nReference: 6 * perDay,
      evidence: { reference: { kind: 'seasonal' } },
    });
    expect(last('release')).toMatchObject({
      nReference: 10 * perDay,
      evidence: { reference: { kind: 'version', modelVersion: 'v1' } },
    });
    expect(last('kept')).toMatchObject({
      nReference: 2 * perDay,
      evidence: { reference: { kind: 'stored', name: 'spring', version: 1 } },
    });
    expect(last('filed')).toMatchObject({ verdict: 'blind' });
    expect(last('filed')?.sentence).toContain('it was stored without any; accept a window');
  });
});

describe('a decision made from a text and a vector', () => {
  it('shows the beginning of the one, the size of the other, and what its contract masked', async () => {
    await world.apply([
      {
        ...{ apiVersion: 'leeway.dev/v1', kind: 'Contract', metadata: { name: 'letters' } },
        spec: {
          system: systemName.parse('letters'),
          features: { remark: { mask: { kind: 'detect', find: ['email'] } } },
        },
      },
    ]);
    const row = decisionRow({
      ...{ project: world.project, system: 'letters', id: 'letter', timeMs: T0, num: { size: 1 } },
      ...{ text: { remark: 'late '.repeat(1_000) }, embedding: { meaning: [3, -4] } },
    });
    await world.insert('decisions', [row]);
    const { features } = await asked('/decisions/letter');
    expect(features).toMatchObject([
      // 3² + 4² = 5².
      {
        name: 'meaning',
        kind: 'embedding',
        embedding: { dimensions: 2, norm: 5, strip: [3, -4] },
        masked: null,
      },
      { name: 'remark', kind: 'text', chars: 5_000, masked: 'detect' },
      { name: 'size', kind: 'numeric', value: 1, chars: null, embedding: null },
    ]);
    expect(String((features as { value: unknown }[])[1]?.value)).toHaveLength(4_000);
  });
});
