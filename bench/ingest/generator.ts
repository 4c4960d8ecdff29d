import { Agent, request } from 'node:http';
import { decisionSpans, jsonDecisions, type Payload, plainSpans, seeded } from './payloads.ts';

/** The load, from a process of its own: argv is one JSON object; the last line of stdout is the result. */
export type GeneratorOptions = {
  readonly port: number;
  readonly workload: Workload;
  readonly perRequest: number;
  readonly requests: number;
  readonly concurrency: number;
  readonly startMs: number;
  readonly seed: number;
};
export const WORKLOADS = {
  'decisions, OTLP protobuf gzip': { path: '/v1/traces', make: decisionSpans },
  'decisions, JSON gzip': { path: '/v1/decisions', make: jsonDecisions },
  'spans, OTLP protobuf gzip': { path: '/v1/traces', make: plainSpans },
} as const;
export type Workload = keyof typeof WORKLOADS;

export type GeneratorResult = {
  readonly acked: number;
  readonly refused: number;
  readonly wireBytes: number;
  readonly elapsedMs: number;
  readonly ackMs: readonly number[];
};

function send(agent: Agent, port: number, path: string, payload: Payload): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        agent,
        port,
        host: '127.0.0.1',
        path,
        method: 'POST',
        headers: {
          'content-type': payload.contentType,
          'content-length': payload.body.length,
          ...(payload.gzip ? { 'content-encoding': 'gzip' } : {}),
        },
      },
      (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    outgoing.once('error', reject);
    outgoing.end(payload.body);
  });
}

async function run(options: GeneratorOptions): Promise<GeneratorResult> {
  const { path, make } = WORKLOADS[options.workload];
  const random = seeded(options.seed);
  // Made before the clock runs: what is measured is the collector.
  const payloads = Array.from({ length: options.requests }, (_, at) =>
    make(random, options.perRequest, options.startMs + at * options.perRequest),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: options.concurrency });
  const ackMs: number[] = [];
  let next = 0;
  let acked = 0;
  let refused = 0;
  let wireBytes = 0;
  const worker = async (): Promise<void> => {
    for (let payload = payloads[next++]; payload; payload = payloads[next++]) {
      const startedMs = performance.now();
      const status = await send(agent, options.port, path, payload);
      ackMs.push(performance.now() - startedMs);
      wireBytes += payload.body.length;
      if (status === 200) acked += payload.records;
      else refused += payload.records;
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: options.concurrency }, worker));
  const elapsedMs = performance.now() - startedMs;
  agent.destroy();
  return { acked, refused, wireBytes, elapsedMs, ackMs };
}

if (import.meta.main) {
  const result = await run(JSON.parse(process.argv[2] ?? '{}'));
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
