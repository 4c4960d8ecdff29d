import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { freshDirectory } from '../support/stores.ts';
import type { DoorsEnd, DoorsReport } from './children/doors.ts';
import { tell } from './frame/report.ts';
import { CHAOS_SEED, CHAOS_SIZE, seeded, sized } from './frame/seed.ts';
import { Doors, type Reply } from './malformed/doors.ts';
import { type Malformed, MUTATION_NAMES, malformed } from './malformed/mutations.ts';
import { decision, everyPayload, type Payload } from './malformed/payloads.ts';

const REQUESTS = sized({ ci: 5_000, nightly: 100_000 });
const MIB = 1024 * 1024;
const SENDERS = 8;
/** A good request after so many bad ones of a sender. */
const CANARY_EVERY = 25;
const WARM_UP = 1_000;
const LIMITS = {
  ...{ bodyBytes: 1024 * 1024, inFlightBytes: 16 * 1024 * 1024, bodyTimeoutMs: 500 },
  segmentAgeMs: 200,
};
/** What may be held more after all of it than after the warm-up: a leak of a kilobyte per request would show. */
const GROWTH_MIB = CHAOS_SIZE === 'ci' ? 16 : 48;
const FINE = {
  http: [200, 400, 404, 405, 408, 413, 415, 429, 431, 503],
  grpc: [0, 3, 4, 8, 12, 14],
} as const;

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

async function startDoors(limits: object): Promise<{ child: ChildProcess; port: number; grpcPort: number }> {
  const script = join(import.meta.dirname, 'children/doors.ts');
  const child = spawn(
    process.execPath,
    ['--expose-gc', script, freshDirectory('malformed'), JSON.stringify(limits)],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  children.push(child);
  const [{ port, grpcPort }] = await once(child, 'message');
  return { child, port, grpcPort };
}

async function ask(child: ChildProcess, what: 'report'): Promise<DoorsReport>;
async function ask(child: ChildProcess, what: 'end'): Promise<DoorsEnd>;
async function ask(child: ChildProcess, what: string): Promise<unknown> {
  child.send(what);
  const [answer] = await once(child, 'message');
  return answer;
}

const isFine = (reply: Reply): boolean => {
  switch (reply.kind) {
    case 'http':
      return (FINE.http as readonly number[]).includes(reply.status);
    case 'grpc':
      return (FINE.grpc as readonly number[]).includes(reply.code);
    case 'closed':
      return true;
    case 'hung':
      return false;
  }
};
const canaryOf = (id: string, n: number): Malformed => ({
  ...{ door: 'http', path: '/v1/decisions', headers: { 'content-type': 'application/json' } },
  body: Buffer.from(
    JSON.stringify({ ...decision(() => 0.5, Date.now(), id), system: 'canary', features: { n } }),
  ),
  ...{ declaredBytes: undefined, names: [] },
});

class Tally {
  readonly replies: Record<string, number> = {};
  readonly mutations = new Map<string, number>(MUTATION_NAMES.map((name) => [name, 0]));
  readonly wrong: string[] = [];
  /** HTTP answers that are a refusal of a whole request on a known path. */
  refusals = 0;

  note(index: number, { names, path, door }: Malformed, reply: Reply): void {
    for (const name of names) this.mutations.set(name, (this.mutations.get(name) ?? 0) + 1);
    const said =
      reply.kind === 'http' ? `${reply.status}` : reply.kind === 'grpc' ? `gRPC ${reply.code}` : reply.kind;
    this.replies[said] = (this.replies[said] ?? 0) + 1;
    if (reply.kind === 'http' && door === 'http' && [408, 413, 415].includes(reply.status))
      this.refusals += 1;
    if (!isFine(reply))
      this.wrong.push(`request ${index} (${door} ${path}: ${names.join(', ')}): ${JSON.stringify(reply)}`);
  }
}

it(`takes ${REQUESTS} malformed requests: no crash, no hang, no answer of its own fault, bounded memory`, async () => {
  const { child, port, grpcPort } = await startDoors(LIMITS);
  const nowMs = Date.now();
  const payloads = everyPayload(seeded(CHAOS_SEED, 'payloads'), nowMs) as [Payload, ...Payload[]];
  const tally = new Tally();
  const canaries = new Map<string, number>();
  let next = 0;
  let before: DoorsReport | undefined;

  const sender = async (): Promise<void> => {
    const doors = new Doors(port, grpcPort);
    for (let sent = 0; next < REQUESTS; sent += 1) {
      const index = next++;
      const request = malformed(seeded(CHAOS_SEED, `malformed ${index}`), payloads);
      tally.note(index, request, await doors.send(request));
      if (sent % CANARY_EVERY === 0) {
        const reply = await doors.send(canaryOf(`canary-${index}`, index));
        if (reply.kind === 'http' && reply.status === 200) canaries.set(`canary-${index}`, index);
        else tally.wrong.push(`a good request after request ${index}: ${JSON.stringify(reply)}`);
      }
      if (index === WARM_UP) before = await ask(child, 'report');
    }
    doors.close();
  };
  // What is faultless is taken: else the mistakes would be made of mistakes.
  const doors = new Doors(port, grpcPort);
  for (const { door, path, contentType, plain } of payloads) {
    const headers = { 'content-type': contentType };
    const reply = await doors.send({ door, path, headers, body: plain, declaredBytes: undefined, names: [] });
    expect(reply).toMatchObject(door === 'http' ? { status: 200 } : { code: 0 });
  }
  doors.close();
  await Promise.all(Array.from({ length: SENDERS }, sender));
  const after = await ask(child, 'end');

  tell('malformed', {
    requests: REQUESTS,
    ...tally.replies,
    'canaries acknowledged': canaries.size,
    'canaries stored': after.canaries.length,
    'held after the warm-up, MiB': Math.round(before?.heldMib ?? 0),
    'held at the end, MiB': Math.round(after.heldMib),
    'RSS at the end, MiB': Math.round(after.rssMib),
    ...after.refused,
    ...Object.fromEntries([...tally.mutations].map(([name, times]) => [`mutation: ${name}`, times])),
  });
  expect(tally.wrong).toEqual([]);
  expect(after.faults).toEqual([]);
  expect(after.canaries.filter(({ id, times, n }) => times !== 1 || canaries.get(id) !== n)).toEqual([]);
  expect(new Set(after.canaries.map(({ id }) => id))).toEqual(new Set(canaries.keys()));
  expect(after.heldMib - (before?.heldMib ?? 0)).toBeLessThan(GROWTH_MIB);
  // Every mistake was made, and every refusal has a name and a number.
  expect([...tally.mutations].filter(([, times]) => times === 0)).toEqual([]);
  // Who comes again is not counted yet, and what is no HTTP is nobody's: metrics count it, no project's ledger does.
  const wholeRequests = Object.entries(after.refused)
    .filter(([name]) => !/^(429|503) |malformed_http$/.test(name))
    .reduce((sum, [, times]) => sum + times, 0);
  const inLedger = Object.values(after.ledgerRejected).reduce((sum, times) => sum + times, 0);
  expect(inLedger).toBe(wholeRequests + after.rejectedRecords);
  expect(wholeRequests).toBeGreaterThanOrEqual(tally.refusals);
}, 3_600_000);

it('stops bombs at the limit, whatever they would become, with no more memory than the limits allow', async () => {
  const [bodyMib, sendersAtOnce, rounds] = [8, 4, sized({ ci: 1, nightly: 50 })];
  const { child, port, grpcPort } = await startDoors({ bodyBytes: bodyMib * MIB, inFlightBytes: 64 * MIB });
  const zeros = Buffer.alloc(4 * MIB);
  const many = (one: Buffer): Buffer => Buffer.concat(Array.from({ length: 256 }, () => one));
  // A gigabyte of members and frames one behind the other; zlib has but one stream.
  const bombs = {
    gzip: many(gzipSync(zeros)),
    zstd: many(zstdCompressSync(zeros)),
    deflate: deflateSync(Buffer.alloc(32 * MIB)),
  };
  const send = async (encoding: keyof typeof bombs): Promise<Reply> => {
    const doors = new Doors(port, grpcPort);
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
    const request = {
      ...{ path: '/v1/traces', headers, body: bombs[encoding] },
      declaredBytes: undefined,
      names: [],
    };
    const reply = await doors.send({ door: 'http', ...request });
    doors.close();
    return reply;
  };
  await send('gzip');
  const { rssMib } = await ask(child, 'report');
  for (let round = 0; round < rounds; round += 1)
    for (const encoding of ['gzip', 'zstd', 'deflate'] as const) {
      const replies = await Promise.all(Array.from({ length: sendersAtOnce }, () => send(encoding)));
      expect(replies.map((reply) => (reply.kind === 'http' ? reply.status : reply.kind))).toEqual(
        Array.from({ length: sendersAtOnce }, () => 413),
      );
    }
  const { peakRssMib, faults } = await ask(child, 'end');
  tell('bombs', {
    bombs: 3 * sendersAtOnce * rounds,
    'RSS before, MiB': Math.round(rssMib),
    'RSS at most, MiB': Math.round(peakRssMib),
  });
  expect(faults).toEqual([]);
  // What the senders may hold at once, as much again for what the collector has not freed yet, and the engine's own breathing.
  expect(peakRssMib - rssMib).toBeLessThan(2 * sendersAtOnce * bodyMib + 64);
}, 1_200_000);
