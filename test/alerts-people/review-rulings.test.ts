import { beforeAll, describe, expect, it } from 'vitest';
import { UNDO_WINDOW_MS } from '../../alerts/review/deps.ts';
import type { Ruling } from '../../model/review.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { freshClickhouse, freshPostgres } from '../support/stores.ts';
import { MINUTE, PROJECT, T0 } from './fixtures.ts';
import {
  applyQueue,
  applySystem,
  loadDecisions,
  outcomesOf,
  reviewOn,
  type Setting,
  setWatermark,
} from './review-setting.ts';
import { openIncident, type Stores, storesOn } from './stores.ts';

let stores: Stores;
let clickhouse: ClickhousePool;
beforeAll(async () => {
  [stores, clickhouse] = [storesOn(await freshPostgres()), await freshClickhouse()];
});

const CONFIRMED: Ruling = { kind: 'confirmed', note: 'looks right' };
let tests = 0;
/** One decision ('hold') that waits in a queue of its own. */
async function setting(values: readonly string[] = [], more: Partial<Setting> = {}) {
  tests += 1;
  const [system, queue] = [`s${tests}`, `q${tests}`];
  await applyQueue(stores, queue, { values });
  await applySystem(stores, system, queue);
  const clock = { nowMs: Date.UTC(2026, 10, 22) + tests * 5 * MINUTE };
  await loadDecisions(clickhouse, system, 'a', clock.nowMs - 10_000, [{ id: `d-${system}`, atMs: T0 }]);
  const review = reviewOn(stores, clickhouse, { clock, ...more });
  await review.tickOnce();
  const next = (reviewer: string) => review.commands.next(PROJECT, queue, reviewer);
  const rule = async (reviewer: string, ruling: Ruling) => {
    const item = await next(reviewer);
    if (item === undefined) throw new Error('nothing waits');
    const result = await review.commands.rule(PROJECT, { id: item.id, reviewer, fence: item.fence }, ruling);
    return { item, result };
  };
  return { system, queue, clock, review, next, rule, outcomes: () => outcomesOf(clickhouse, system) };
}

describe('a ruling', () => {
  it('becomes an outcome when it cannot be taken back any more, and not before', async () => {
    const { clock, review, rule, outcomes, system } = await setting();
    await setWatermark(stores, system, T0 + 90 * MINUTE);
    expect((await rule('anna', CONFIRMED)).result).toMatchObject({ kind: 'ruled' });
    clock.nowMs += UNDO_WINDOW_MS - 1;
    await review.tickOnce();
    expect(await outcomes()).toEqual([]);
    clock.nowMs += 1;
    await review.tickOnce();
    await review.tickOnce();
    expect(await outcomes()).toEqual([
      {
        decision_id: `d-${system}`,
        kind: 'ruling',
        // Confirmed: what was decided is what is true.
        value: 'hold',
        by: 'anna',
        note: 'looks right',
        // Known when analysis had come so far, in the time of the events.
        atMs: T0 + 90 * MINUTE,
        loadedAtMs: clock.nowMs,
        loader: 'review-test',
      },
    ]);
  });
  it('never becomes known before its decision was made', async () => {
    const { clock, review, rule, outcomes, system } = await setting();
    await setWatermark(stores, system, T0 - MINUTE);
    await rule('anna', { kind: 'overturned', value: 'go', note: '' });
    clock.nowMs += UNDO_WINDOW_MS;
    await review.tickOnce();
    expect(await outcomes()).toMatchObject([{ value: 'go', atMs: T0 }]);
  });

  it('is on the timeline of its incident, in the audit log and on the live bus', async () => {
    const { clock, review, rule, system, queue } = await setting();
    const incident = await openIncident(stores, system);
    await loadDecisions(clickhouse, system, 'a', clock.nowMs, [
      { id: `d-${system}`, version: 'v2', atMs: T0 },
    ]);
    const plan = {
      kind: 'route',
      queue,
      sinceMs: T0,
      modelVersion: 'v2',
      maxItems: 5,
      future: false,
    } as const;
    const { linked } = await review.routeToReview(
      undefined,
      { project: PROJECT, system: incident.system, incident: incident.id, plan },
      clock.nowMs,
    );
    expect(linked).toBe(1);
    const { item } = await rule('anna', { kind: 'overturned', value: 'go', note: '' });
    const sentence = `anna overturned decision d-${system} (hold): it should have been go.`;
    expect(await stores.incidents.timeline(incident.id, 10)).toMatchObject([
      { kind: 'ruling', by: 'anna', sentence },
    ]);
    const [entry] = await stores.audit.list(PROJECT, 1);
    expect(entry).toMatchObject({ what: 'review.ruled', by: 'anna', subject: item.id });
    const { events } = await stores.live.after(PROJECT, 0);
    expect(events.slice(-2)).toMatchObject([
      { topic: 'review', ref: item.id },
      { topic: 'incident', ref: String(incident.id) },
    ]);
    expect(await stores.review.incidentCounts(PROJECT, incident.id)).toMatchObject({
      reviewed: 1,
      overturned: 1,
    });
  });

  it('must choose what the queue lists, and cannot overturn to what was decided', async () => {
    const { rule, next } = await setting(['hold', 'go']);
    const overturn = async (reviewer: string, value: string) =>
      (await rule(reviewer, { kind: 'overturned', value, note: '' })).result;
    expect(await overturn('anna', 'stay')).toEqual({ kind: 'refused', reason: 'value_not_allowed' });
    expect(await next('ben')).toBeUndefined();
  });
  it('cannot overturn a decision to itself', async () => {
    const { rule } = await setting();
    const { result } = await rule('anna', { kind: 'overturned', value: 'hold', note: '' });
    expect(result).toEqual({ kind: 'refused', reason: 'value_is_the_decision' });
  });
  it('of a reviewer who cannot tell is none: the item goes to somebody else', async () => {
    const { clock, review, rule, next, outcomes } = await setting();
    expect((await rule('anna', { kind: 'unsure', note: '' })).result).toMatchObject({ kind: 'passed_on' });
    clock.nowMs += UNDO_WINDOW_MS;
    await review.tickOnce();
    expect(await outcomes()).toEqual([]);
    expect(await next('anna')).toBeUndefined();
    expect(await next('ben')).toMatchObject({ state: 'claimed' });
  });
});

describe('taking a ruling back', () => {
  it('is possible for half a minute, for the one who gave it, and leads to one outcome: the second', async () => {
    const { clock, review, rule, outcomes } = await setting();
    const { item } = await rule('anna', CONFIRMED);
    clock.nowMs += UNDO_WINDOW_MS - 1;
    expect(await review.commands.undo(PROJECT, item.id, 'ben')).toEqual({
      kind: 'refused',
      reason: 'ruled_by_other',
    });
    const undone = await review.commands.undo(PROJECT, item.id, 'anna');
    expect(undone).toMatchObject({
      kind: 'undone',
      item: { state: 'claimed', claimedBy: 'anna', fence: 2, ruling: null },
    });
    const hold = { id: item.id, reviewer: 'anna', fence: 2 };
    await review.commands.rule(PROJECT, hold, { kind: 'overturned', value: 'go', note: '' });
    clock.nowMs += UNDO_WINDOW_MS;
    expect(await review.commands.undo(PROJECT, item.id, 'anna')).toEqual({
      kind: 'refused',
      reason: 'too_late',
    });
    await review.tickOnce();
    expect(await outcomes()).toMatchObject([{ value: 'go' }]);
    expect(await review.commands.undo(PROJECT, item.id, 'anna')).toEqual({
      kind: 'refused',
      reason: 'too_late',
    });
  });
});

describe('the way of a ruling to the outcomes', () => {
  it('survives a crash after the insert: the row is there once', async () => {
    const clock = { nowMs: 0 };
    const crashing = {
      insertRows: async (...args: Parameters<ClickhousePool['api']['insertRows']>) => {
        await clickhouse.api.insertRows(...args);
        throw new Error('the process dies here');
      },
    };
    const setting_ = await setting([], { telemetry: crashing });
    await setting_.rule('anna', CONFIRMED);
    setting_.clock.nowMs += UNDO_WINDOW_MS;
    await setting_.review.tickOnce();
    expect(setting_.review.events.at(-1)).toMatchObject({ kind: 'review_failed', step: 'relay' });
    expect(await setting_.outcomes()).toHaveLength(1);
    clock.nowMs = setting_.clock.nowMs + 5_000;
    const successor = reviewOn(stores, clickhouse, { clock, instance: 'successor' });
    await successor.tickOnce();
    expect(successor.events).toMatchObject([{ kind: 'review_outcome_written' }]);
    expect(await setting_.outcomes()).toHaveLength(1);
  });
  it('tries again what the engine did not take, without losing the rest', async () => {
    let down = true;
    const flaky = {
      insertRows: async (...args: Parameters<ClickhousePool['api']['insertRows']>) => {
        if (down) throw new Error('the engine is away');
        await clickhouse.api.insertRows(...args);
      },
    };
    const { clock, review, rule, outcomes } = await setting([], { telemetry: flaky });
    await rule('anna', CONFIRMED);
    clock.nowMs += UNDO_WINDOW_MS;
    await review.tickOnce();
    expect(await outcomes()).toEqual([]);
    down = false;
    await review.tickOnce();
    expect(await outcomes()).toHaveLength(1);
  });
  it('writes each row later than the one before, even within one millisecond', async () => {
    const settings = [await setting(), await setting(), await setting()];
    const last = settings.at(-1);
    if (last === undefined) throw new Error('no setting');
    for (const one of settings) {
      one.clock.nowMs = last.clock.nowMs;
      await one.rule('anna', CONFIRMED);
    }
    last.clock.nowMs += UNDO_WINDOW_MS;
    await last.review.tickOnce();
    const rows = (await Promise.all(settings.map(({ outcomes }) => outcomes()))).flat();
    expect(rows.map(({ loadedAtMs }) => loadedAtMs - last.clock.nowMs).toSorted()).toEqual([0, 1, 2]);
  });
});
