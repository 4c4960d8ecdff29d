import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../../collector/spool/files.ts';
import { projectId } from '../../model/ids.ts';
import type { Load } from '../../store/ports/loads.ts';
import type { Principal } from '../../store/ports/tokens.ts';
import {
  decisionOf,
  jsonOf,
  memoryLoads,
  post,
  postJson,
  rawExchange,
  startCollector,
  until,
} from './support.ts';

const principal = (scopes: Principal['scopes']): Principal => ({
  tokenId: 't',
  project: projectId.parse('acme'),
  name: 'sender',
  scopes,
});

describe('the door', () => {
  it('holds at most so many bytes at once: beyond it 503 and a whole Retry-After of 1 to 3 s', async () => {
    const { url, port } = await startCollector({ limits: { inFlightBytes: 1_000, bodyTimeoutMs: 5_000 } });
    // One request announces 900 bytes and holds them while it is open.
    const slow = request({
      port,
      host: '127.0.0.1',
      path: '/v1/decisions',
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': '900' },
    });
    slow.write('[');
    const body = JSON.stringify(decisionOf('x', { value: 'v'.repeat(100) }));
    const answers: Awaited<ReturnType<typeof post>>[] = [];
    await until(async () => {
      const answer = await post(`${url}/v1/decisions`, body, { 'content-type': 'application/json' });
      answers.push(answer);
      return answer.status === 503;
    });
    const refused = answers.at(-1);
    expect(refused?.headers['retry-after']).toMatch(/^[123]$/);
    expect(refused && jsonOf(refused)).toMatchObject({ code: 'overloaded' });
    slow.on('error', () => undefined);
    slow.destroy();
    await until(async () => (await postJson(`${url}/v1/decisions`, decisionOf('y'))).status === 200);
  });

  it('takes the project from the token, and asks the token store once while it remembers', async () => {
    let asked = 0;
    const loads: Load[] = [];
    const { url, drained } = await startCollector({
      requireToken: true,
      loads: memoryLoads((load) => loads.push(load)),
      tokens: {
        verify: async (token) => {
          asked += 1;
          if (token === 'lw_good') return principal(['ingest']);
          return token === 'lw_reader' ? principal(['read']) : undefined;
        },
      },
    });
    const send = async (authorization?: string): Promise<number> =>
      (
        await post(`${url}/v1/decisions`, JSON.stringify(decisionOf('a')), {
          'content-type': 'application/json',
          ...(authorization === undefined ? {} : { authorization }),
        })
      ).status;
    expect(await send()).toBe(401);
    expect(await send('Basic abc')).toBe(401);
    expect(await send('Bearer lw_unknown')).toBe(401);
    expect(await send('Bearer lw_reader')).toBe(403);
    expect(await send('Bearer lw_good')).toBe(200);
    expect(await send('bearer lw_good')).toBe(200);
    expect(asked).toBe(3);
    await drained();
    expect(loads.map((load) => load.projects)).toContainEqual(['acme']);
  });

  it('answers /healthz', async () => {
    const { url } = await startCollector();
    const answer = await fetch(`${url}/healthz`);
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok' }]);
  });

  it('turns requests away before their bodies are read while work waits too long, and takes them again after', async () => {
    let waitMs = 101;
    const { url, port, grpcPort, events, collector } = await startCollector({
      grpcPort: 0,
      limits: { admissionWaitMs: 100 },
      waitMs: () => waitMs,
    });
    // Only headers come: nobody waits for the rest.
    const head = `POST /v1/traces HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/x-protobuf\r\nContent-Length: 9\r\n\r\n`;
    const answer = await rawExchange(port, head);
    expect(answer).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nretry-after: [123]\r\n/i);
    const refused = await postJson(`${url}/v1/decisions`, decisionOf('x'));
    expect(jsonOf(refused)).toMatchObject({ status: 503, code: 'busy' });
    expect(events.map((event) => event.kind === 'refused' && event.reason)).toEqual(['busy', 'busy']);
    expect(collector.refusals().map(({ reason }) => reason)).toEqual(['busy', 'busy']);
    expect(grpcPort).toBeGreaterThan(0);
    // A sender that comes again is no loss: the ledger does not count it.
    expect(collector.pending()).toEqual([]);
    waitMs = 100;
    expect((await postJson(`${url}/v1/decisions`, decisionOf('x'))).status).toBe(200);
  });

  it('sees what waits in the sockets: requests that came while this thread was blocked are turned away', async () => {
    const { url, port } = await startCollector({ limits: { admissionWaitMs: 200 } });
    const body = JSON.stringify(decisionOf('x'));
    const socket = connect(port, '127.0.0.1');
    // A whole exchange first: what comes next lies in a socket that the loop looks at.
    socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
    const came = once(socket, 'data');
    socket.write(
      `POST /v1/decisions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    const untilMs = performance.now() + 600;
    while (performance.now() < untilMs);
    expect(String((await came)[0])).toMatch(/^HTTP\/1\.1 503 /);
    socket.destroy();
    await until(
      async () =>
        (await post(`${url}/v1/decisions`, body, { 'content-type': 'application/json' })).status === 200,
    );
  });

  it('sees what waits for the disk: while a write takes too long nothing new is taken in', async () => {
    const written = Promise.withResolvers<void>();
    const { url } = await startCollector({
      limits: { admissionWaitMs: 100 },
      files: {
        ...nodeFiles,
        create: async (directory, name) => {
          const file = await nodeFiles.create(directory, name);
          return { ...file, fdatasync: () => written.promise.then(() => file.fdatasync()) };
        },
      },
    });
    const first = postJson(`${url}/v1/decisions`, decisionOf('first'));
    const later: ReturnType<typeof postJson>[] = [];
    let refused: Awaited<ReturnType<typeof postJson>> | undefined;
    // Those that came before the wait was too long wait too.
    await until(async () => {
      const one = postJson(`${url}/v1/decisions`, decisionOf(`later ${later.length}`));
      later.push(one);
      refused = await Promise.race([
        one,
        new Promise<undefined>((resolve) => setTimeout(resolve, 50, undefined)),
      ]);
      return refused !== undefined;
    });
    expect(refused && jsonOf(refused)).toMatchObject({ status: 503, code: 'busy' });
    written.resolve();
    expect((await first).status).toBe(200);
    await Promise.all(later);
    await until(async () => (await postJson(`${url}/v1/decisions`, decisionOf('after'))).status === 200);
  });
});
