import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { FairTurns } from '../../collector/quota/turns.ts';
import { projectId } from '../../model/ids.ts';
import type { IngestQuota } from '../../store/ports/tokens.ts';
import { byToken, decisionOf, jsonOf, post, type Running, startCollector, until } from './support.ts';

const decisions = (count: number, name = 'd'): object[] =>
  Array.from({ length: count }, (_, at) => decisionOf(`${name}-${at}`));
const send = ({ url }: Running, project: string, records: object[]) =>
  post(`${url}/v1/decisions`, JSON.stringify(records), {
    'content-type': 'application/json',
    authorization: `Bearer ${project}`,
  });

describe('a rate', () => {
  it('holds exactly over time: the burst, then so many a second; 429 with a whole Retry-After of 1 to 3 s', async () => {
    let nowMs = 1_000_000;
    const quota = { recordsPerSecond: 10, burstRecords: 50 };
    const running = await startCollector({ ...byToken, quota, nowMs: () => nowMs });
    const statusOf = async (project: string, count: number): Promise<number> =>
      (await send(running, project, decisions(count))).status;
    expect(await statusOf('noisy', 50)).toBe(200);
    const refused = await send(running, 'noisy', decisions(1));
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toMatch(/^[123]$/);
    expect(jsonOf(refused)).toMatchObject({ code: 'quota_exceeded' });
    // Another project has a bucket of its own.
    expect(await statusOf('quiet', 50)).toBe(200);

    // 10 s at 10 a second fill the bucket to its 50; a request of 80 leaves a debt of 30, which 3 s pay.
    nowMs += 10_000;
    expect(await statusOf('noisy', 80)).toBe(200);
    nowMs += 3_000;
    expect(await statusOf('noisy', 1)).toBe(429);
    nowMs += 1;
    expect(await statusOf('noisy', 1)).toBe(200);
    // Refused records cost too: they were read.
    expect(await statusOf('noisy', 1)).toBe(429);
  });

  it('is each token’s own: one that is over it does not slow another of the same project', async () => {
    const rates: Record<string, IngestQuota | undefined> = {
      tight: { recordsPerSecond: 1, burstRecords: 2 },
      wide: { recordsPerSecond: 1, burstRecords: 100 },
    };
    const running = await startCollector({
      requireToken: true,
      tokens: {
        verify: async (token) => {
          const quota = rates[token];
          const scopes = ['ingest'] as const;
          const project = projectId.parse('one');
          return { tokenId: token, name: token, project, scopes, ...(quota ? { quota } : {}) };
        },
      },
      // For tokens that have none of their own.
      quota: { recordsPerSecond: 1, burstRecords: 10 },
      nowMs: () => 1_000_000,
    });
    const statuses = async (token: string): Promise<number[]> => [
      (await send(running, token, decisions(2))).status,
      (await send(running, token, decisions(8))).status,
      (await send(running, token, decisions(1))).status,
    ];
    expect(await statuses('tight')).toEqual([200, 429, 429]);
    expect(await statuses('usual')).toEqual([200, 200, 429]);
    expect(await statuses('wide')).toEqual([200, 200, 200]);
  });

  it('takes any amount where there is none', async () => {
    const running = await startCollector(byToken);
    for (let round = 0; round < 5; round++)
      expect((await send(running, 'noisy', decisions(1_000, `r${round}`))).status).toBe(200);
  });
});

/** A client of its own, in a process of its own: so many requests under way at once, until it is ended. */
const NOISY = `
const [url, underWay] = process.argv.slice(1);
const records = Array.from({ length: 500 }, (_, at) => ({
  id: 'n-' + at, system: 'noisy', time: '2026-03-01T10:00:00Z', value: 'go', features: { a: at, b: 'x', c: true },
}));
const body = JSON.stringify(records);
const headers = { 'content-type': 'application/json', authorization: 'Bearer noisy' };
const loop = async () => { for (;;) await fetch(url, { method: 'POST', headers, body }).then((answer) => answer.text(), () => {}); };
for (let at = 0; at < Number(underWay); at++) loop();
`;
const UNDER_WAY = 48;

describe('a noisy project', () => {
  it('with two clients at once: the quiet one waits for a few of the other’s requests, not for all', async () => {
    const running = await startCollector(byToken);
    const noisy = spawn(process.execPath, ['-e', NOISY, `${running.url}/v1/decisions`, String(UNDER_WAY)], {
      stdio: 'inherit',
    });
    try {
      const acceptedOf = (project: string): number =>
        running.events.filter((event) => event.kind === 'accepted' && event.project === project).length;
      await until(() => acceptedOf('noisy') > 2 * UNDER_WAY);
      const waitedFor: number[] = [];
      for (let round = 0; round < 15; round++) {
        const before = acceptedOf('noisy');
        expect((await send(running, 'quiet', decisions(1, `q${round}`))).status).toBe(200);
        waitedFor.push(acceptedOf('noisy') - before);
      }
      const median = waitedFor.sort((a, b) => a - b)[7] ?? Number.POSITIVE_INFINITY;
      // In one line with them all it would wait for each that is under way.
      expect(median).toBeLessThanOrEqual(UNDER_WAY / 4);
    } finally {
      noisy.kill('SIGKILL');
    }
  });

  it('does not make another one wait for all that it sent: lines are served in turn', async () => {
    const turns = new FairTurns(() => 0);
    const served: string[] = [];
    const take = (name: string): Promise<void> =>
      turns.take(projectId.parse(name)).then(() => {
        served.push(name);
      });
    const waiting = [take('quiet'), ...Array.from({ length: 100 }, () => take('noisy'))];
    waiting.push(take('quiet'), take('late'), take('quiet'));
    await Promise.all(waiting);
    // The first of all waits for nobody; then one of each line, until only the noisy one is left.
    expect(served.slice(0, 7)).toEqual(['quiet', 'noisy', 'quiet', 'late', 'noisy', 'quiet', 'noisy']);
    expect(served).toHaveLength(104);
  });

  it('waits for nobody while it is alone', async () => {
    const turns = new FairTurns(() => 0);
    let immediate = false;
    setImmediate(() => {
      immediate = true;
    });
    for (let round = 0; round < 100; round++) await turns.take(projectId.parse('alone'));
    expect(immediate).toBe(false);
  });

  it('leaves memory for the others', async () => {
    const running = await startCollector({ ...byToken, limits: { inFlightBytes: 1_000 } });
    const slow = (project: string, bytes: number) => {
      const one = request({
        port: running.port,
        host: '127.0.0.1',
        path: '/v1/decisions',
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': String(bytes),
          authorization: `Bearer ${project}`,
        },
      });
      one.on('error', () => undefined);
      one.write('[');
      return one;
    };
    // A body larger than fifteen sixteenths of all memory is turned away even while its project is alone.
    const huge = Buffer.alloc(960, 32);
    const refused = await post(`${running.url}/v1/decisions`, huge, {
      'content-type': 'application/json',
      authorization: 'Bearer noisy',
    });
    expect(refused.status).toBe(503);
    const held = slow('noisy', 700);
    const small = async (project: string): Promise<number> =>
      (await send(running, project, [decisionOf('a')])).status;
    await expect.poll(() => small('noisy')).toBe(200);
    expect(await small('quiet')).toBe(200);
    held.destroy();
  });
});
