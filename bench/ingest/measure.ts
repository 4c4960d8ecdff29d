import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { GeneratorOptions, GeneratorResult, Pace } from './generator.ts';
import type { Target } from './target.ts';
import type { PayloadFile, Workload } from './workloads.ts';

const MIB = 1024 * 1024;
const RESULT_BYTES = 64 * MIB;
const run = promisify(execFile);

export type Figures = {
  readonly workload: Workload;
  readonly perRequest: number;
  readonly records: number;
  /** CPU time of the receiver's process from the first byte until everything was where it goes. */
  readonly recordsPerCpuSecond: number;
  readonly ackedPerSecond: number;
  /** Until the last record was where it goes. */
  readonly donePerSecond: number;
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
  readonly wireBytesPerRecord: number;
  readonly rssBeforeMib: number;
  readonly rssPeakMib: number;
  readonly generatorCpuSeconds: number;
  readonly elapsedSeconds: number;
};

/** One load on a target, from its first request until the target has nothing left to do. */
export async function measure(
  target: Target,
  payloads: PayloadFile,
  range: { readonly from: number; readonly to: number },
  pace: Pace,
): Promise<Figures> {
  const before = await target.meter();
  const startedMs = performance.now();
  const result = await generate({ port: target.port, payloads, pace, ...range });
  await target.drained(result.acked);
  const elapsedSeconds = (performance.now() - startedMs) / 1_000;
  const after = await target.meter();
  if (result.refused > 0) throw new Error(`${result.refused} records were refused`);
  const ordered = [...result.ackMs].sort((a, b) => a - b);
  const at = (share: number): number => ordered[Math.floor(share * (ordered.length - 1))] ?? Number.NaN;
  return {
    workload: payloads.workload,
    perRequest: payloads.perRequest,
    records: result.acked,
    recordsPerCpuSecond: Math.round(result.acked / (after.cpuSeconds - before.cpuSeconds)),
    ackedPerSecond: Math.round(result.acked / (result.elapsedMs / 1_000)),
    donePerSecond: Math.round(result.acked / elapsedSeconds),
    ackP50Ms: round(at(0.5)),
    ackP99Ms: round(at(0.99)),
    wireBytesPerRecord: round(result.wireBytes / result.acked),
    rssBeforeMib: Math.round(before.rssBytes / MIB),
    rssPeakMib: Math.round(after.peakRssBytes / MIB),
    generatorCpuSeconds: round(result.cpuSeconds),
    elapsedSeconds: round(elapsedSeconds),
  };
}

async function generate(options: GeneratorOptions): Promise<GeneratorResult> {
  const script = join(import.meta.dirname, 'generator.ts');
  const { stdout } = await run(process.execPath, [script, JSON.stringify(options)], {
    maxBuffer: RESULT_BYTES,
  });
  return JSON.parse(stdout);
}

const round = (value: number): number => Math.round(value * 10) / 10;
