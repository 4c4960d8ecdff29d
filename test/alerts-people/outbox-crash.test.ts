import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import { channelOpener } from '../../alerts/channels/open.ts';
import { createNotifier } from '../../alerts/outbox/notifier.ts';
import { createOutboxWorker, LEASE_MS } from '../../alerts/outbox/worker.ts';
import { connectPostgres } from '../../store/postgres/pool.ts';
import { freshPostgresUrl } from '../support/stores.ts';
import { PROJECT, T0 } from './fixtures.ts';
import { applyChannel, openIncident, storesOn } from './stores.ts';

const ROUNDS = 3;
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** Killed after the receiver has the request and before the worker has its answer: sent, and not marked. */
it('a worker killed between sending and marking is followed by one that sends the same id', async () => {
  const url = await freshPostgresUrl();
  const db = connectPostgres({ url });
  afterAll(() => db.close());
  const stores = storesOn(db);
  const ids: string[] = [];
  let onRequest: (response: ServerResponse) => void = () => undefined;
  const server = createServer((request, response) => {
    ids.push(String(request.headers['webhook-id']));
    request.resume().on('end', () => onRequest(response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  await applyChannel(stores, 'hook', {
    kind: 'webhook',
    url: `http://127.0.0.1:${port}/`,
    secretEnv: 'S',
    allowPrivateNetwork: true,
  });
  const incident = await openIncident(stores, 'crashing');
  const enqueue = createNotifier({ ...stores, newId: randomUUID });
  const news = { incident, reason: 'opened', sequence: 1, sentence: 's', atMs: T0 } as const;
  await db.transaction((tx) => enqueue(tx, news, T0));

  let nowMs = T0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const arrived = new Promise<void>((resolve) => {
      onRequest = () => resolve();
    });
    const script = new URL('./children/deliver.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [script, url, String(nowMs)], { stdio: 'ignore' });
    children.push(child);
    await arrived;
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await stores.outbox.list(PROJECT, incident.id)).toMatchObject([
      { state: 'sending', attempts: round },
    ]);
    nowMs += LEASE_MS;
  }
  onRequest = (response) => response.end();
  const worker = createOutboxWorker({
    ...stores,
    openChannel: channelOpener({
      secret: () => `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
      publicUrl: 'http://127.0.0.1',
    }),
    nowMs: () => nowMs,
    random: () => 0,
    emit: () => undefined,
  });
  await worker.tickOnce();
  const [delivery] = await stores.outbox.list(PROJECT, incident.id);
  expect(delivery).toMatchObject({ state: 'sent', attempts: ROUNDS + 1 });
  expect(ids).toEqual(Array(ROUNDS + 1).fill(delivery?.id));
  expect(await stores.incidents.timeline(incident.id, 10)).toMatchObject([{ kind: 'notified' }]);
});
