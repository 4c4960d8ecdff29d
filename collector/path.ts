import { performance } from 'node:perf_hooks';
import type { ProjectId } from '../model/ids.ts';
import type { ContractBook } from './contracts/book.ts';
import type { ProjectContracts } from './contracts/contracts.ts';
import { type Emit, noRecords } from './events.ts';
import { type Answer, type Outcome, successAnswer } from './http/answer.ts';
import { type Body, type BodyLimits, type Incoming, readBody } from './http/body.ts';
import type { BudgetShare } from './http/budget.ts';
import type { Projects } from './http/projects.ts';
import { type Format, formatOf, type Route } from './http/routes.ts';
import { freeNow } from './memory.ts';
import { OtlpRequests } from './otlp/requests.ts';
import type { RateQuota } from './quota/rate.ts';
import type { FairBudget } from './quota/share.ts';
import type { FairTurns } from './quota/turns.ts';
import { SIGNALS } from './reasons.ts';
import { type Carried, carriedBy } from './records/carried.ts';
import { readRecords } from './records/parse.ts';
import { Refusal } from './refusal.ts';
import type { RefusalBook } from './refusals.ts';
import { Batch } from './rows/batch.ts';
import { type Frame, frameOfBatch } from './spool/frame.ts';
import type { Spool } from './spool/spool.ts';

export type PathOptions = {
  readonly projects: Projects;
  readonly contracts: ContractBook;
  readonly quota: RateQuota;
  readonly turns: FairTurns;
  readonly budget: FairBudget;
  readonly limits: BodyLimits;
  readonly spool: Spool;
  readonly refusals: RefusalBook;
  readonly nowMs: () => number;
  readonly emit: Emit;
};

type Decoded = { readonly frame: Frame | undefined; readonly outcome: Outcome };

/**
 * The path of a request: authorize → quota → limit and inflate → turn → mask → decode, validate and transcode in one
 * walk → spool → answer.
 * The answer is made when the bytes are on disk, and not before.
 */
export class IngestPath {
  readonly #options: PathOptions;
  readonly #batch = new Batch();
  readonly #otlp = new OtlpRequests();

  constructor(options: PathOptions) {
    this.#options = options;
  }

  /** Throws a Refusal when nothing of the request is kept. */
  async take(route: Route, request: Incoming): Promise<Answer> {
    const { projects, contracts, quota, turns, budget, limits, spool, nowMs } = this.#options;
    const startedMs = performance.now();
    let share: BudgetShare | undefined;
    let project: ProjectId | undefined;
    try {
      const sender = await projects.of(request.headers.authorization);
      project = sender.project;
      const format = formatOf(route, request);
      quota.admit(sender);
      share = budget.open(project);
      const body = await readBody(request, limits, share);
      const promised = await contracts.of(project);
      await turns.take(project);
      const carried = format.kind === 'records' ? carriedBy(request.headers) : undefined;
      const { frame, outcome } = this.#decode(route, format, body, project, promised, nowMs(), carried);
      quota.charge(sender, outcome.accepted + outcome.rejected);
      if (frame) await spool.append(frame).finally(() => freeNow(frame.bytes));
      this.#accepted(route, project, body, frame, outcome, performance.now() - startedMs);
      return successAnswer(format, outcome);
    } catch (error) {
      throw this.#refused(route, project, refusalOf(error));
    } finally {
      share?.giveBack();
    }
  }

  /** Synchronous, so that one batch of buffers serves all requests. */
  #decode(
    route: Route,
    format: Format,
    body: Body,
    project: ProjectId,
    contracts: ProjectContracts,
    receivedAtMs: number,
    carried: Carried | undefined,
  ): Decoded {
    const batch = this.#batch;
    batch.begin(project, receivedAtMs, contracts, carried);
    try {
      if (format.kind === 'otlp') this.#otlp.read(format.signal, format.encoding, body.bytes, batch);
      else readRecords(body.bytes, format, batch);
    } finally {
      body.free();
    }
    const rejectedHere = batch[route.signal].rejectedCount;
    const rejected = SIGNALS.reduce((sum, signal) => sum + batch[signal].rejectedCount, 0);
    const accepted = batch[route.signal].writer.rows;
    const isEmpty = accepted === 0 && rejected === 0;
    const frame = isEmpty ? undefined : frameOfBatch(project, receivedAtMs, batch);
    const { rejections } = batch;
    if (frame) this.#options.refusals.records(project, rejections, receivedAtMs);
    return { frame, outcome: { accepted, rejections, rejectedHere, rejected } };
  }

  #accepted(
    route: Route,
    project: ProjectId,
    body: Body,
    frame: Frame | undefined,
    outcome: Outcome,
    ackMs: number,
  ): void {
    const rows = noRecords();
    let overwritten = 0;
    for (const part of frame?.header.signals ?? []) {
      rows[part.signal] = part.rows;
      overwritten += part.overwritten ?? 0;
    }
    const { wireBytes } = body;
    const { rejected } = outcome;
    this.#options.emit({
      kind: 'accepted',
      project,
      path: route.path,
      wireBytes,
      rows,
      rejected,
      overwritten,
      ackMs,
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
