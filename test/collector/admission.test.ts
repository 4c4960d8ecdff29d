import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { projectId } from '../../model/ids.ts';
import type { Load } from '../../store/ports/loads.ts';
import type { Principal } from '../../store/ports/tokens.ts';
import { decisionOf, jsonOf, memoryLoads, post, postJson, startCollector, until } from './support.ts';

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
});
