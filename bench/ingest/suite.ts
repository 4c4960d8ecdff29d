import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeThreads } from '../../collector/limits.ts';
import type { Slowest } from './leeway-process.ts';
import { type Figures, measure } from './measure.ts';
import { findOtelcol, startOtelcol } from './otelcol.ts';
import { startLeeway, type Target } from './target.ts';
import { type PayloadFile, preparePayloads, WORKLOADS, type Workload } from './workloads.ts';

type Plan = {
  readonly workload: Workload;
  readonly perRequest: number;
  readonly requests: number;
  /** Of them, before anything is measured: code is compiled and caches are filled by then. */
  readonly warmUp: number;
  readonly concurrency: number;
};
const PLANS = {
  spans: { workload: 'spans, protobuf', perRequest: 1_000, requests: 560, warmUp: 60, concurrency: 8 },
  decisions: {
    workload: 'decisions, protobuf',
    perRequest: 500,
    requests: 460,
    warmUp: 60,
    concurrency: 8,
  },
  jsonSpans: { workload: 'spans, JSON', perRequest: 1_000, requests: 130, warmUp: 30, concurrency: 8 },
  jsonDecisions: {
    workload: 'decisions, JSON',
    perRequest: 500,
    requests: 240,
    warmUp: 40,
    concurrency: 8,
  },
  single: { workload: 'decisions, JSON', perRequest: 1, requests: 5_000, warmUp: 1_000, concurrency: 16 },
} as const satisfies Record<string, Plan>;
/** Below saturation is half of what was just measured end to end; of these plans, for so long. */
const HALF = 1 / 2;
const OFFERED_SECONDS = 8;
const HISTORY_MS = 86_400_000;

export type Mode =
  /** At saturation with the store away: received, decoded, synced and answered, and nothing else. */
  | 'acked'
  /** At saturation, until the last row could be queried. */
  | 'end to end'
  /** A fixed rate of half of that. */
  | 'half load';
export type Line = Figures & {
  readonly target: 'leeway' | 'otelcol';
  readonly mode: Mode;
  /** That decode beside the one that receives; the OpenTelemetry Collector takes as many as it likes. */
  readonly threads: number;
  /** Where the time of the slowest hundredth went. */
  readonly slowest?: Slowest;
  readonly bytesOnDiskPerRecord?: number;
};
export type Suite = { readonly lines: readonly Line[]; readonly otelcol: string };

/** As many as the product would take here, or as LEEWAY_INGEST_THREADS says. */
const THREADS = Number(process.env.LEEWAY_INGEST_THREADS ?? decodeThreads(availableParallelism()));
/** The other way, for one line beside: with a thread where there is none, without where there are some. */
const OTHER_THREADS = THREADS === 0 ? 1 : 0;

/** Everything that `npm run bench` shows of ingest; each line is told as soon as it is there. */
export async function runIngestBench(
  tell: (line: Line) => void,
  say: (text: string) => void,
): Promise<Suite> {
  const directory = await mkdtemp(join(tmpdir(), 'leeway-bench-payloads-'));
  const lines: Line[] = [];
  const add = (line: Line): Line => {
    lines.push(line);
    tell(line);
    return line;
  };
  const prepare = (plan: Plan): PayloadFile =>
    preparePayloads(
      join(directory, 'payloads'),
      plan.workload,
      plan.perRequest,
      plan.requests,
      Date.now() - HISTORY_MS,
    );
  try {
    const otelcol = await findOtelcol(say);
    const spans = prepare(PLANS.spans);
    const stored = await leeway(PLANS.spans, spans, ['acked', 'end to end', 'half load'], add);
    if (otelcol.kind === 'ready') await compare(otelcol.binary, PLANS.spans, spans, stored, add);
    for (const [plan, modes] of [
      [PLANS.decisions, ['acked', 'end to end', 'half load']],
      [PLANS.jsonSpans, ['acked', 'end to end']],
      [PLANS.jsonDecisions, ['acked', 'end to end']],
      [PLANS.single, ['acked', 'end to end']],
    ] as const)
      await leeway(plan, prepare(plan), modes, add);
    return { lines, otelcol: otelcol.kind === 'ready' ? otelcol.version : otelcol.why };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Returns how many requests a second went through end to end. */
async function leeway(
  plan: Plan,
  payloads: PayloadFile,
  modes: readonly Mode[],
  add: (line: Line) => Line,
): Promise<number> {
  let requestsPerSecond = 0;
  if (modes.includes('acked')) {
    const target = await startLeeway('away', THREADS);
    const figures = await warmed(target, plan, payloads);
    add({ ...figures, target: 'leeway', mode: 'acked', threads: THREADS });
    await target.stop();
  }
  const target = await startLeeway('stored', THREADS);
  const figures = await warmed(target, plan, payloads);
  const disk = (await target.disk())[WORKLOADS[plan.workload].table];
  const bytesOnDiskPerRecord = Math.round((10 * (disk?.bytes ?? Number.NaN)) / (disk?.rows ?? 0)) / 10;
  add({ ...figures, target: 'leeway', mode: 'end to end', threads: THREADS, bytesOnDiskPerRecord });
  await target.stop();
  requestsPerSecond = figures.donePerSecond / plan.perRequest;
  if (modes.includes('half load'))
    for (const threads of plan.perRequest === PLANS.spans.perRequest ? [THREADS, OTHER_THREADS] : [THREADS]) {
      const fresh = await startLeeway('stored', threads);
      const half = await offered(fresh, plan, payloads, requestsPerSecond);
      const slowest = (await fresh.slowest()) ?? undefined;
      add({ ...half, target: 'leeway', mode: 'half load', threads, ...(slowest ? { slowest } : {}) });
      await fresh.stop();
    }
  return requestsPerSecond;
}

async function compare(
  binary: string,
  plan: Plan,
  payloads: PayloadFile,
  requestsPerSecond: number,
  add: (line: Line) => Line,
): Promise<void> {
  for (const store of ['away', 'stored'] as const) {
    const target = await startOtelcol(binary, store);
    const figures = await warmed(target, plan, payloads);
    add({ ...figures, target: 'otelcol', mode: store === 'away' ? 'acked' : 'end to end', threads: 0 });
    await target.stop();
  }
  const target = await startOtelcol(binary, 'stored');
  add({
    ...(await offered(target, plan, payloads, requestsPerSecond)),
    target: 'otelcol',
    mode: 'half load',
    threads: 0,
  });
  await target.stop();
}

async function warmed(target: Target, plan: Plan, payloads: PayloadFile): Promise<Figures> {
  const pace = { kind: 'saturation', concurrency: plan.concurrency } as const;
  await measure(target, payloads, { from: 0, to: plan.warmUp }, pace);
  return await measure(target, payloads, { from: plan.warmUp, to: plan.requests }, pace);
}

async function offered(
  target: Target,
  plan: Plan,
  payloads: PayloadFile,
  requestsPerSecond: number,
): Promise<Figures> {
  const { warmUp, concurrency } = plan;
  await measure(target, payloads, { from: 0, to: warmUp }, { kind: 'saturation', concurrency });
  await target.slowest?.();
  const rate = requestsPerSecond * HALF;
  const to = Math.min(plan.requests, warmUp + Math.ceil(rate * OFFERED_SECONDS));
  const pace = { kind: 'offered', requestsPerSecond: rate } as const;
  return await measure(target, payloads, { from: warmUp, to }, pace);
}
