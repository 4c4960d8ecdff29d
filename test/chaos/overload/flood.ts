import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import type { Oracle } from '../frame/oracle.ts';
import type { ChaosRequest } from '../frame/requests.ts';
import { pause, send } from '../frame/workload.ts';

export type FloodOptions = {
  readonly oracle: Oracle;
  readonly url: string;
  readonly requests: readonly ChaosRequest[];
  readonly perSecond: number;
  readonly lengthMs: number;
  /** Open at once; what is due beyond it is not sent, and counted. */
  readonly mostOpen: number;
};

export type FloodFigures = {
  readonly offered: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** The generator's own limit. */
  readonly notSent: number;
  readonly slowestRefusalMs: number;
};

/**
 * An open loop: requests leave when they are due, whatever became of those before them, as those of a thousand
 * senders do. (Schroeder, Wierman, Harchol-Balter, "Open Versus Closed", NSDI 2006.)
 */
export async function flood(options: FloodOptions): Promise<FloodFigures> {
  const { oracle, url, requests, perSecond, lengthMs, mostOpen } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: mostOpen });
  const figures = { offered: 0, acknowledged: 0, refused: 0, notSent: 0, slowestRefusalMs: 0 };
  let open = 0;
  const one = async (request: ChaosRequest): Promise<void> => {
    open += 1;
    oracle.issued(request);
    const sentMs = performance.now();
    const answer = await send(agent, url, request).catch((error: unknown) => error);
    open -= 1;
    if (answer instanceof Error) oracle.unanswered();
    else noteAnswer(oracle, request, answer as Awaited<ReturnType<typeof send>>, figures, sentMs);
  };
  const startedMs = performance.now();
  while (performance.now() - startedMs < lengthMs) {
    const due = Math.floor(((performance.now() - startedMs) / 1_000) * perSecond);
    for (; figures.offered < due; figures.offered += 1) {
      const request = requests[figures.offered % requests.length];
      if (request === undefined || open >= mostOpen) figures.notSent += 1;
      else void one(request);
    }
    await pause(1);
  }
  while (open > 0) await pause(5);
  agent.destroy();
  return figures;
}

function noteAnswer(
  oracle: Oracle,
  request: ChaosRequest,
  { status, retryAfter, body }: Awaited<ReturnType<typeof send>>,
  figures: { acknowledged: number; refused: number; slowestRefusalMs: number },
  sentMs: number,
): void {
  if (status === 200) {
    oracle.acknowledged(request);
    figures.acknowledged += 1;
    return;
  }
  if (status !== 429 && status !== 503) oracle.wrong(`${request.path} answered ${status}: ${body}`);
  else if (!/^[123]$/.test(retryAfter ?? '')) oracle.wrong(`${status} came with Retry-After ${retryAfter}`);
  oracle.refused();
  figures.refused += 1;
  figures.slowestRefusalMs = Math.max(figures.slowestRefusalMs, Math.round(performance.now() - sentMs));
}

const KIB = 1024;
const PAGE_BYTES = 4_096;

/** Of another process. */
export function rssBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
  } catch {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * KIB;
  }
}
