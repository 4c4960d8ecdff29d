import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { between, pick, type Random } from '../frame/seed.ts';

export const CUTS = [
  'refused before it was read',
  'request cut in the middle',
  'answer cut after the work was done',
  'answer cut in the middle',
  'too many parts',
] as const;
export type Cut = (typeof CUTS)[number];

export type FaultProxy = {
  readonly url: string;
  /** How often each happened, and how often it cut the answer of an insert that the store had done. */
  readonly cuts: Readonly<Record<Cut | 'insert done, answer cut', number>>;
  /** Every few inserts one meets a fault, and now and then something else does. */
  faults(on: boolean): void;
  /** Nobody listens; connections that are open break. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
};

const MOST_INSERTS_BETWEEN = 6;
const OTHERS_SHARE = 0.04;

/** Between Leeway and a ClickHouse over HTTP: passes requests on, or does what networks do to them. */
export async function startFaultProxy(target: string, random: Random): Promise<FaultProxy> {
  const cuts = Object.fromEntries([...CUTS, 'insert done, answer cut'].map((cut) => [cut, 0])) as Record<
    Cut | 'insert done, answer cut',
    number
  >;
  let on = false;
  let insertsUntilFault = 0;
  let made = 0;
  const next = (isInsert: boolean): Cut | undefined => {
    if (!on) return undefined;
    if (!isInsert) return random() < OTHERS_SHARE ? pick(random, CUTS) : undefined;
    insertsUntilFault -= 1;
    if (insertsUntilFault > 0) return undefined;
    insertsUntilFault = between(random, 1, MOST_INSERTS_BETWEEN);
    // Every other one the one that matters: the store has it, and Leeway cannot know. The rest in turn.
    made += 1;
    return made % 2 === 0 ? 'answer cut after the work was done' : CUTS[(made >> 1) % CUTS.length];
  };
  const sockets = new Set<Socket>();
  const server = createServer((incoming, response) => {
    const isInsert = /insert[\s+]+into/i.test(decodeURIComponent(incoming.url ?? ''));
    const cut = next(isInsert);
    if (cut !== undefined) cuts[cut] += 1;
    pass(target, incoming, response, cut, () => {
      if (isInsert) cuts['insert done, answer cut'] += 1;
    }).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const down = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    cuts,
    faults: (to) => {
      on = to;
    },
    down,
    up: () => listen(port),
    close: down,
  };
}

async function pass(
  target: string,
  incoming: IncomingMessage,
  response: ServerResponse,
  cut: Cut | undefined,
  onDoneAndCut: () => void,
): Promise<void> {
  if (cut === 'refused before it was read') {
    incoming.socket.destroy();
    return;
  }
  const body = await bytesOf(incoming);
  if (cut === 'too many parts') {
    // What the server says when it cannot keep up with merges; nothing of the insert is kept.
    response.writeHead(500, { 'x-clickhouse-exception-code': '252' });
    response.end('Code: 252. DB::Exception: Too many parts (TOO_MANY_PARTS)\n');
    return;
  }
  if (cut === 'request cut in the middle') {
    await forward(target, incoming, body, body.length >> 1).catch(() => undefined);
    incoming.socket.destroy();
    return;
  }
  const answer = await forward(target, incoming, body, body.length);
  if (cut !== undefined) onDoneAndCut();
  if (cut === 'answer cut after the work was done') {
    incoming.socket.destroy();
    return;
  }
  const { headers, bytes } = answer;
  response.writeHead(answer.status, { ...headers, 'content-length': String(bytes.length) });
  if (cut === undefined) response.end(bytes);
  else response.write(bytes.subarray(0, bytes.length >> 1), () => incoming.socket.destroy());
}

type Answer = {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
};

/** Sends so much of the body; less than all of it breaks the connection. */
function forward(target: string, incoming: IncomingMessage, body: Buffer, bytes: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { 'transfer-encoding': _chunked, ...headers } = incoming.headers;
    const outgoing = request(
      `${target}${incoming.url}`,
      { method: incoming.method, headers: { ...headers, 'content-length': String(body.length) } },
      (answer) => {
        bytesOf(answer).then((all) => {
          const { 'transfer-encoding': _also, ...kept } = answer.headers;
          resolve({ status: answer.statusCode ?? 0, headers: kept, bytes: all });
        }, reject);
      },
    );
    outgoing.once('error', reject);
    if (bytes === body.length) outgoing.end(body);
    else outgoing.write(body.subarray(0, bytes), () => outgoing.destroy(new Error('cut')));
  });
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
