import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeliveryResult } from '../../alerts/channels/channel.ts';
import { FAILURES_TO_OPEN } from '../../alerts/outbox/breaker.ts';
import type { News } from '../../alerts/outbox/notifications.ts';
import { createNotifier } from '../../alerts/outbox/notifier.ts';
import { GIVE_UP_AFTER_MS } from '../../alerts/outbox/retry.ts';
import { LEASE_MS } from '../../alerts/outbox/worker.ts';
import type { Incident } from '../../model/incident.ts';
import { freshPostgres } from '../support/stores.ts';
import { PROJECT, T0 } from './fixtures.ts';
import { applyChannel, openIncident, type Stores, storesOn, WEBHOOK, workerOn } from './stores.ts';

let stores: Stores;
beforeAll(async () => {
  stores = storesOn(await freshPostgres());
});
// What one test left undelivered would be due in the next.
beforeEach(() => stores.db.query('DELETE FROM outbox'));

const SENT: DeliveryResult = { kind: 'sent', note: '' };
const RETRY: DeliveryResult = { kind: 'retry', reason: 'answered 503' };
let tests = 0;

/** An incident on a system of its own, told to the channels of that system alone. */
async function setting(...channels: readonly string[]) {
  tests += 1;
  const system = `system-${tests}`;
  const incident = await openIncident(stores, system);
  const names = channels.map((channel) => `${channel}-${tests}`);
  for (const [i, name] of names.entries()) {
    await applyChannel(stores, name, { ...WEBHOOK, url: `https://${channels[i]}/`, systems: [system] });
  }
  const enqueue = createNotifier({ ...stores, newId: randomUUID });
  const tell = (reason: News['reason'], sequence: number, nowMs = T0) => {
    const news = { incident, reason, sequence, sentence: `${reason} ${sequence}`, atMs: T0 };
    return stores.db.transaction((tx) => enqueue(tx, news, nowMs));
  };
  return { incident, names, tell, clock: { nowMs: T0 } };
}
const deliveries = (incident: Incident) => stores.outbox.list(PROJECT, incident.id);
const timeline = async (incident: Incident) =>
  (await stores.incidents.timeline(incident.id, 100)).map(({ kind, sentence }) => `${kind}: ${sentence}`);

/** A receiver that records what it is told, and answers as it is asked to. */
function receiver(answer: (call: number) => DeliveryResult | Promise<DeliveryResult> = () => SENT) {
  const calls: { id: string; sentence: string; attempt: number }[] = [];
  const deliver = async (message: { sentence: string }, id: string, attempt: number) => {
    calls.push({ id, sentence: message.sentence, attempt });
    return answer(calls.length);
  };
  return { calls, deliver };
}

describe('writing the news', () => {
  it('is undone with the change that it tells', async () => {
    const { incident, tell } = await setting('a');
    const change = stores.db.transaction(async (tx) => {
      const enqueue = createNotifier({ ...stores, newId: randomUUID });
      await enqueue(tx, { incident, reason: 'opened', sequence: 1, sentence: 's', atMs: T0 }, T0);
      throw new RangeError('the change fails');
    });
    await expect(change).rejects.toThrow();
    expect(await deliveries(incident)).toEqual([]);
    expect((await tell('opened', 1)).queued).toBe(1);
  });
  it('happens once per incident, channel, reason and sequence', async () => {
    const { incident, tell } = await setting('a');
    expect([
      (await tell('action', 1)).queued,
      (await tell('action', 1)).queued,
      (await tell('action', 2)).queued,
    ]).toEqual([1, 0, 1]);
    expect(await deliveries(incident)).toHaveLength(2);
  });
});

describe('delivering', () => {
  it('marks it sent, and writes it on the timeline and the live bus', async () => {
    const { incident, tell, clock, names } = await setting('a');
    const { seq } = (await stores.live.after(PROJECT, 0)).events.at(-1) ?? { seq: 0 };
    await tell('opened', 1);
    const a = receiver();
    await workerOn(stores, { clock, deliver: { a: a.deliver } }).tickOnce();
    expect(await deliveries(incident)).toMatchObject([{ state: 'sent', attempts: 1, sentAtMs: T0 }]);
    expect(await timeline(incident)).toEqual([`notified: Told ${names[0]} that it opened.`]);
    const { events } = await stores.live.after(PROJECT, seq);
    expect(events).toMatchObject([{ topic: 'incident', ref: String(incident.id) }]);
  });

  it('keeps the order of an incident and channel, across retries', async () => {
    const { tell, clock } = await setting('a');
    await tell('opened', 1);
    await tell('escalated', 2);
    await tell('action', 3);
    const a = receiver((call) => (call <= 2 ? RETRY : SENT));
    const worker = workerOn(stores, { clock, deliver: { a: a.deliver } });
    for (let tick = 0; tick < 3; tick += 1) {
      await worker.tickOnce();
      clock.nowMs += 10_000;
    }
    expect(a.calls.map(({ sentence }) => sentence)).toEqual([
      'opened 1',
      'opened 1',
      'opened 1',
      'escalated 2',
      'action 3',
    ]);
    expect(new Set(a.calls.slice(0, 3).map(({ id }) => id)).size).toBe(1);
  });

  it('does not come back before its jittered time: 0.5 × 2 s, then 0.5 × 4 s', async () => {
    const { incident, tell, clock } = await setting('a');
    await tell('opened', 1);
    const a = receiver(() => RETRY);
    const worker = workerOn(stores, { clock, deliver: { a: a.deliver }, random: () => 0.5 });
    await worker.tickOnce();
    expect(await deliveries(incident)).toMatchObject([
      { state: 'queued', nextAttemptAtMs: T0 + 1_000, lastError: 'answered 503' },
    ]);
    clock.nowMs = T0 + 999;
    await worker.tickOnce();
    expect(a.calls).toHaveLength(1);
    clock.nowMs = T0 + 1_000;
    await worker.tickOnce();
    expect(await deliveries(incident)).toMatchObject([{ attempts: 2, nextAttemptAtMs: T0 + 1_000 + 2_000 }]);
  });

  it('gives up after a day: dead, visible and on the timeline', async () => {
    const { incident, tell, clock, names } = await setting('a');
    await tell('opened', 1);
    clock.nowMs = T0 + GIVE_UP_AFTER_MS;
    const worker = workerOn(stores, { clock, deliver: { a: receiver(() => RETRY).deliver } });
    await worker.tickOnce();
    const error = 'gave up after 1 attempts; the last: answered 503';
    expect(await deliveries(incident)).toMatchObject([{ state: 'dead', lastError: error }]);
    expect(await timeline(incident)).toEqual([
      `notification_failed: Could not tell ${names[0]} that it opened: ${error}.`,
    ]);
    expect(worker.events).toMatchObject([{ kind: 'delivery_dead' }]);
  });
  it('does not try again what was refused, and goes on with the next', async () => {
    const { incident, tell, clock } = await setting('a');
    await tell('opened', 1);
    await tell('action', 2);
    const a = receiver((call) => (call === 1 ? { kind: 'refused', reason: 'answered 404' } : SENT));
    await workerOn(stores, { clock, deliver: { a: a.deliver } }).tickOnce();
    expect((await deliveries(incident)).map(({ state }) => state)).toEqual(['dead', 'sent']);
  });
  it('leaves a receiver alone that is gone, until its document changes', async () => {
    const { incident, tell, clock, names } = await setting('a');
    const a = receiver((call) => (call === 1 ? { kind: 'gone', reason: 'answered 410 Gone' } : SENT));
    const worker = workerOn(stores, { clock, deliver: { a: a.deliver } });
    await tell('opened', 1);
    await tell('escalated', 2);
    await worker.tickOnce();
    expect(a.calls).toHaveLength(1);
    await applyChannel(stores, names[0] ?? '', {
      ...WEBHOOK,
      url: 'https://a/new',
      systems: [incident.system],
    });
    await tell('action', 3);
    await worker.tickOnce();
    expect((await deliveries(incident)).map(({ state }) => state)).toEqual(['dead', 'dead', 'sent']);
  });
  it('waits for a secret that is missing, and says which', async () => {
    const { incident, tell, clock } = await setting('nowhere');
    await tell('opened', 1);
    await workerOn(stores, { clock, deliver: {} }).tickOnce();
    expect(await deliveries(incident)).toMatchObject([
      { state: 'queued', lastError: 'no receiver at nowhere' },
    ]);
  });
});

describe('the end of an incident', () => {
  it('replaces what was not told yet', async () => {
    const { incident, tell, clock } = await setting('a');
    await tell('opened', 1);
    await tell('escalated', 2);
    await tell('resolved', 3);
    const a = receiver();
    await workerOn(stores, { clock, deliver: { a: a.deliver } }).tickOnce();
    expect(a.calls.map(({ sentence }) => sentence)).toEqual(['resolved 3']);
    expect((await deliveries(incident)).map(({ state }) => state)).toEqual([
      'superseded',
      'superseded',
      'sent',
    ]);
  });
  it('comes after the rest where the beginning was told', async () => {
    const { tell, clock } = await setting('a');
    const a = receiver();
    const worker = workerOn(stores, { clock, deliver: { a: a.deliver } });
    await tell('opened', 1);
    await worker.tickOnce();
    await tell('escalated', 2);
    await tell('resolved', 3);
    await worker.tickOnce();
    expect(a.calls.map(({ sentence }) => sentence)).toEqual(['opened 1', 'escalated 2', 'resolved 3']);
  });
});

describe('a receiver in trouble', () => {
  it('that hangs delays nobody else', async () => {
    const { incident, tell, clock, names } = await setting('hangs', 'works');
    await tell('opened', 1);
    let free: (result: DeliveryResult) => void = () => undefined;
    const hanging = new Promise<DeliveryResult>((resolve) => {
      free = resolve;
    });
    const works = receiver();
    const deliver = { hangs: () => hanging, works: works.deliver };
    const worker = workerOn(stores, { clock, deliver });
    const tick = worker.tickOnce();
    await expect.poll(() => works.calls.length).toBe(1);
    const stateOf = async (name: string | undefined) =>
      (await deliveries(incident)).find(({ channel }) => channel === name)?.state;
    await expect.poll(() => stateOf(names[1])).toBe('sent');
    expect(await stateOf(names[0])).toBe('sending');
    free(SENT);
    await tick;
    expect(await stateOf(names[0])).toBe('sent');
  });

  it('is left alone after five failures in a row, and probed once when that is over', async () => {
    const { clock } = await setting('down');
    const name = `down-${tests}`;
    const enqueue = (id: number) =>
      stores.db.transaction(async (tx) => {
        // Deliveries of many incidents, so that order within one does not hold them back.
        const other = await openIncident(stores, `down-${tests}-${id}`);
        const delivery = { id: randomUUID(), channel: name, sequence: 1, message: messageFor(other) };
        await stores.outbox.enqueue([delivery], T0, tx);
      });
    for (let i = 0; i < FAILURES_TO_OPEN + 3; i += 1) await enqueue(i);
    const down = receiver((call) => (call <= FAILURES_TO_OPEN ? RETRY : SENT));
    const worker = workerOn(stores, { clock, deliver: { down: down.deliver } });
    await worker.tickOnce();
    expect(down.calls).toHaveLength(FAILURES_TO_OPEN);
    expect(worker.events.at(-1)).toEqual({ kind: 'breaker_opened', project: PROJECT, channel: name });
    clock.nowMs += 14_999;
    await worker.tickOnce();
    expect(down.calls).toHaveLength(FAILURES_TO_OPEN);
    clock.nowMs += 1;
    await worker.tickOnce();
    expect(down.calls).toHaveLength(2 * FAILURES_TO_OPEN + 3);
  });
});

const messageFor = (of: Incident) => ({
  project: PROJECT,
  system: of.system,
  incident: of.id,
  title: of.title,
  severity: of.severity,
  state: of.state,
  reason: 'opened' as const,
  sentence: 's',
  atMs: T0,
  onsetMs: T0,
  signals: [],
  signalsLeftOut: 0,
  affectedDecisions: null,
  actions: [],
});

describe('a worker', () => {
  it('delivers by itself once started, and begins nothing after it was stopped', async () => {
    const { incident, tell, clock } = await setting('a');
    const a = receiver();
    const worker = workerOn(stores, { clock, deliver: { a: a.deliver } });
    await tell('opened', 1);
    worker.start();
    await expect.poll(async () => (await deliveries(incident))[0]?.state).toBe('sent');
    await worker.stop();
    await tell('action', 2);
    worker.wake();
    await worker.tickOnce();
    expect(a.calls).toHaveLength(1);
    expect(await deliveries(incident)).toMatchObject([{ state: 'sent' }, { state: 'queued' }]);
  });
});

describe('two workers', () => {
  it('deliver each notification once', async () => {
    for (let i = 0; i < 10; i += 1) {
      const { tell } = await setting('shared');
      await tell('opened', 1);
      await tell('action', 2);
    }
    const shared = receiver();
    const deliver = { shared: shared.deliver };
    const clock = { nowMs: T0 };
    const workers = [workerOn(stores, { clock, deliver }), workerOn(stores, { clock, deliver })];
    await Promise.all(workers.map((worker) => worker.tickOnce()));
    // A worker that met a row locked by the other leaves it; whoever looks next finds nothing.
    await Promise.all(workers.map((worker) => worker.tickOnce()));
    expect(shared.calls).toHaveLength(20);
    expect(new Set(shared.calls.map(({ id }) => id)).size).toBe(20);
  });

  it('that outlived its lease changes nothing', async () => {
    const { incident, tell, names } = await setting('a');
    await tell('opened', 1);
    const of = { project: PROJECT, channel: names[0] ?? '' };
    const slow = await stores.outbox.claim(of, LEASE_MS, T0);
    if (slow === undefined) throw new Error('nothing was claimed');
    expect(await stores.outbox.claim(of, LEASE_MS, T0 + LEASE_MS - 1)).toBeUndefined();
    // Another takes over, and is still sending when the first one comes back.
    const second = await stores.outbox.claim(of, LEASE_MS, T0 + LEASE_MS);
    expect(second).toMatchObject({ id: slow.id, attempts: 2 });
    if (second === undefined) throw new Error('nothing was taken over');
    const settle = {
      retry: () => stores.outbox.retry(slow, 'late', T0),
      dead: () => stores.db.transaction((tx) => stores.outbox.dead(slow, 'late', tx)),
      sent: () => stores.db.transaction((tx) => stores.outbox.sent(slow, '', T0, tx)),
    };
    expect([await settle.retry(), await settle.dead(), await settle.sent()]).toEqual([
      'lost',
      'lost',
      'lost',
    ]);
    expect(await deliveries(incident)).toMatchObject([{ state: 'sending', attempts: 2, lastError: '' }]);
    const sent = await stores.db.transaction((tx) => stores.outbox.sent(second, '', T0 + LEASE_MS, tx));
    expect(sent).toBe('settled');
    expect(await deliveries(incident)).toMatchObject([{ state: 'sent', attempts: 2 }]);
  });
});
