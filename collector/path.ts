import { performance } from 'node:perf_hooks';
import type { ProjectId } from '../model/ids.ts';
import type { ContractBook } from './contracts/book.ts';
import type { Decoding } from './decode/decoding.ts';
import { type Emit, noRecords, type StageMs } from './events.ts';
import { type Answer, type Outcome, successAnswer } from './http/answer.ts';
import { type BodyLimits, type Incoming, inflateWire, readBody } from './http/body.ts';
import type { BudgetShare } from './http/budget.ts';
import type { Projects } from './http/projects.ts';
import { formatOf, type Route } from './http/routes.ts';
import { freeNow } from './memory.ts';
import type { Overload } from './quota/overload.ts';
import type { RateQuota } from './quota/rate.ts';
import type { FairBudget } from './quota/share.ts';
import { carriedBy } from './records/carried.ts';
import { Refusal } from './refusal.ts';
import type { RefusalBook } from './refusals.ts';
import type { Frame } from './spool/frame.ts';
import type { Spool } from './spool/spool.ts';

export type PathOptions = {
  readonly projects: Projects;
  readonly overload: Overload;
  readonly contracts: ContractBook;
  readonly quota: RateQuota;
  readonly budget: FairBudget;
  readonly limits: BodyLimits;
  readonly decoding: Decoding;
  readonly spool: Spool;
  readonly refusals: RefusalBook;
  readonly nowMs: () => number;
  readonly emit: Emit;
};

/**
 * The path of a request: authorize → overload → quota → limit → turn → inflate, mask, decode, validate and transcode in
 * one walk → spool → answer.
 * The answer is made when the bytes are on disk, and not before.
 */
export class IngestPath {
  readonly #options: PathOptions;

  constructor(options: PathOptions) {
    this.#options = options;
  }

  /** Throws a Refusal when nothing of the request is kept. */
  async take(route: Route, request: Incoming): Promise<Answer> {
    const { projects, overload, contracts, quota, budget, limits, decoding, spool, refusals, nowMs } =
      this.#options;
    const startedMs = performance.now();
    let share: BudgetShare | undefined;
    let project: ProjectId | undefined;
    try {
      const sender = await projects.of(request.headers.authorization);
      project = sender.project;
      const format = formatOf(route, request);
      overload.admit();
      quota.admit(sender);
      const held = budget.open(project);
      share = held;
      const body = await readBody(request, limits, held, decoding.inflating);
      const job = {
        ...{ format, project, contracts: await contracts.of(project), receivedAtMs: nowMs() },
        carried: format.kind === 'records' ? carriedBy(request.headers) : undefined,
      };
      const bodyMs = performance.now() - startedMs;
      const { decoded, queueMs, decodeMs } = await decoding.decode(job, body, (wire) =>
        inflateWire(wire, request.headers, limits, held),
      );
      const { frame, outcome } = decoded;
      if (frame) refusals.records(project, outcome.rejections, job.receivedAtMs);
      quota.charge(sender, outcome.accepted + outcome.rejected);
      const readyMs = performance.now();
      if (frame) await spool.append(frame).finally(() => freeNow(frame.bytes));
      const stageMs = { body: bodyMs, queue: queueMs, decode: decodeMs, sync: performance.now() - readyMs };
      this.#accepted(route, project, body.wireBytes, decoded, stageMs, performance.now() - startedMs);
      return successAnswer(format, outcome);
    } catch (error) {
      throw this.#refused(route, project, refusalOf(error));
    } finally {
      share?.giveBack();
    }
  }

  #accepted(
    route: Route,
    project: ProjectId,
    wireBytes: number,
    { frame, outcome }: { readonly frame: Frame | undefined; readonly outcome: Outcome },
    stageMs: StageMs,
    ackMs: number,
  ): void {
    const rows = noRecords();
    let overwritten = 0;
    for (const part of frame?.header.signals ?? []) {
      rows[part.signal] = part.rows;
      overwritten += part.overwritten ?? 0;
    }
    const { path } = route;
    const { rejected } = outcome;
    this.#options.emit({
      kind: 'accepted',
      ...{ project, path, wireBytes, rows, rejected, overwritten, stageMs, ackMs },
    });
  }

  /** Notes and counts what a door had to refuse by itself. */
  async refuse(route: Route, authorization: string | undefined, refusal: Refusal): Promise<void> {
    const sender = await this.#options.projects.of(authorization).catch(() => undefined);
    this.#refused(route, sender?.project, refusal);
  }

  #refused(route: Route, project: ProjectId | undefined, refusal: Refusal): Refusal {
    const { reason, status, message } = refusal;
    const { refusals, nowMs, emit } = this.#options;
    refusals.request(project, route.signal, refusal, nowMs());
    emit({ kind: 'refused', project, path: route.path, reason, status, message });
    return refusal;
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  throw error;
}
