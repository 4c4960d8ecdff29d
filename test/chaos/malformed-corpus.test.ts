import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  decisionOf,
  post,
  postJson,
  type Running,
  rawExchange,
  startCollector,
} from '../collector/support.ts';
import { CORPUS } from './malformed/corpus.ts';

let running: Running;
beforeAll(async () => {
  running = await startCollector({ limits: { bodyTimeoutMs: 300, headersTimeoutMs: 300 } });
});

describe('a body of', () => {
  it.each(CORPUS)('$what is answered $status', async ({ path, type, encoding, body, status, says }) => {
    const answer = await post(`${running.url}${path}`, body, {
      'content-type': type,
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    });
    expect([answer.status, answer.body.toString('utf8')]).toEqual([status, expect.stringContaining(says)]);
  });

  it('any of these has changed nothing for the others', async () => {
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(running.events.filter(({ kind }) => kind === 'fault')).toEqual([]);
    expect((await postJson(`${running.url}/v1/decisions`, decisionOf('good'))).status).toBe(200);
  });
});

const HEAD = 'POST /v1/decisions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
const BODY = JSON.stringify(decisionOf('raw'));

describe('a request that', () => {
  it('sends less than its length says is answered 408 when its time is over', async () => {
    const answer = await rawExchange(
      running.port,
      `${HEAD}Content-Length: ${BODY.length + 1}\r\n\r\n${BODY}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('sends more than its length says is taken as far as that, and the rest is no request', async () => {
    const before = running.events.length;
    const answer = await rawExchange(
      running.port,
      `${HEAD}Content-Length: ${BODY.length}\r\n\r\n${BODY}{"more":1}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toMatch(/HTTP\/1\.1 400 Bad Request/);
    expect(running.events.slice(before).filter(({ kind }) => kind === 'refused')).toMatchObject([
      { reason: 'malformed_http', status: 400 },
    ]);
  });

  it('cuts its own body by a smaller length is refused, and the rest is no request', async () => {
    const answer = await rawExchange(running.port, `${HEAD}Content-Length: 10\r\n\r\n${BODY}`);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400', 'HTTP/1.1 400']);
  });

  it('drips a byte at a time is answered 408 when its time is over, however lively it looks', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(running.port, '127.0.0.1', () =>
        socket.write(`${HEAD}Content-Length: 1000\r\n\r\n`),
      );
      const drip = setInterval(() => socket.writable && socket.write(' '), 20);
      let said = '';
      socket.on('data', (chunk) => {
        said += chunk.toString('latin1');
        if (said.includes('\r\n\r\n')) socket.destroy();
      });
      socket.once('error', reject);
      socket.once('close', () => {
        clearInterval(drip);
        resolve(said);
      });
    });
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it.each([
    ['is no HTTP', 'hello\r\n\r\n', 400],
    ['has a header without an end', `POST /v1/decisions HTTP/1.1\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
    ['has two lengths', `${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n[]`, 400],
    [
      'has a length and chunks',
      `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['has a length that is no number', `${HEAD}Content-Length: -1\r\n\r\n[]`, 400],
  ])('%s is answered, and counted under a reason', async (_what, bytes, status) => {
    const before = running.events.length;
    const answer = await rawExchange(running.port, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(running.events.slice(before)).toEqual([
      expect.objectContaining({ kind: 'refused', reason: 'malformed_http', status }),
    ]);
  });

  it('has chunks that are none is refused once, not twice', async () => {
    const before = running.events.length;
    await rawExchange(running.port, `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n[]\r\n0\r\n\r\n`);
    expect(running.events.slice(before)).toEqual([expect.objectContaining({ kind: 'refused' })]);
  });
});

it('gzip that goes on behind its end, and what a stranger sends, are no way around a limit', async () => {
  const small = await startCollector({ limits: { bodyBytes: 1_000 } });
  const members = Buffer.concat(Array.from({ length: 30 }, () => gzipSync(' '.repeat(50))));
  const answer = await post(`${small.url}/v1/decisions`, members, {
    'content-type': 'application/json',
    'content-encoding': 'gzip',
  });
  expect(answer.status).toBe(413);
});
