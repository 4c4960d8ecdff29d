import { Agent, request } from 'node:http';
import { type PayloadFile, readPayloads, WORKLOADS } from './workloads.ts';

/** The load, from a process of its own: argv is one JSON object; the last line of stdout is the result. */
export type GeneratorOptions = {
  readonly port: number;
  readonly payloads: PayloadFile;
  /** Which of the payloads: from `from` up to, and not, `to`. */
  readonly from: number;
  readonly to: number;
  readonly pace: Pace;
};
export type Pace =
  /** As fast as answers come, so many requests at a time. */
  | { readonly kind: 'saturation'; readonly concurrency: number }
  /** At fixed times, whether answers came or not: what waits in line counts as waiting. */
  | { readonly kind: 'offered'; readonly requestsPerSecond: number };

export type GeneratorResult = {
  readonly acked: number;
  readonly refused: number;
  readonly wireBytes: number;
  readonly elapsedMs: number;
  readonly cpuSeconds: number;
  readonly ackMs: readonly number[];
};

const MOST_CONNECTIONS = 64;

function send(
  agent: Agent,
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        agent,
        port,
        host: '127.0.0.1',
        path,
        method: 'POST',
        headers: { ...headers, 'content-length': body.length },
      },
      (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

async function run({ port, payloads, from, to, pace }: GeneratorOptions): Promise<GeneratorResult> {
  const { path, contentType } = WORKLOADS[payloads.workload];
  const bodies = readPayloads(payloads).slice(from, to);
  const agent = new Agent({ keepAlive: true, maxSockets: MOST_CONNECTIONS });
  const headers = { 'content-type': contentType, 'content-encoding': 'gzip' };
  const ackMs: number[] = [];
  let acked = 0;
  let refused = 0;
  let wireBytes = 0;
  const sendOne = async (body: Buffer, dueMs: number): Promise<void> => {
    const status = await send(agent, port, path, headers, body);
    ackMs.push(performance.now() - dueMs);
    wireBytes += body.length;
    if (status === 200) acked += payloads.perRequest;
    else refused += payloads.perRequest;
  };
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  if (pace.kind === 'saturation') await saturate(bodies, pace.concurrency, sendOne);
  else await offer(bodies, 1_000 / pace.requestsPerSecond, sendOne);
  const elapsedMs = performance.now() - startedMs;
  const cpu = process.cpuUsage(cpuBefore);
  agent.destroy();
  return { acked, refused, wireBytes, elapsedMs, cpuSeconds: (cpu.user + cpu.system) / 1e6, ackMs };
}

type SendOne = (body: Buffer, dueMs: number) => Promise<void>;

async function saturate(bodies: readonly Buffer[], concurrency: number, sendOne: SendOne): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let body = bodies[next++]; body; body = bodies[next++]) await sendOne(body, performance.now());
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

async function offer(bodies: readonly Buffer[], everyMs: number, sendOne: SendOne): Promise<void> {
  const startedMs = performance.now();
  const sent: Promise<void>[] = [];
  for (const [at, body] of bodies.entries()) {
    const dueMs = startedMs + at * everyMs;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    // A timer may fire a little early; nothing is late before it was sent.
    sent.push(sendOne(body, Math.min(dueMs, performance.now())));
  }
  await Promise.all(sent);
}

if (import.meta.main) {
  const options: GeneratorOptions = JSON.parse(process.argv[2] ?? '{}');
  process.stdout.write(`${JSON.stringify(await run(options))}\n`);
}
