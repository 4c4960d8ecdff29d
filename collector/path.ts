import type { IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { ProjectId } from '../model/ids.ts';
import type { ContractBook } from './contracts/book.ts';
import type { ProjectContracts } from './contracts/contracts.ts';
import type { Emit } from './events.ts';
import { type Answer, type Outcome, successAnswer } from './http/answer.ts';
import { type Body, type BodyLimits, readBody } from './http/body.ts';
import type { ByteBudget } from './http/budget.ts';
import type { Projects } from './http/projects.ts';
import { type Format, formatOf, type Route } from './http/routes.ts';
import { maskTraces } from './masking/traces.ts';
import { MalformedOtlpJson, traceRequestFromJson } from './otlp/from-json.ts';
import { TraceWalk } from './otlp/walk.ts';
import { MalformedProtobuf } from './otlp/wire.ts';
import { readRecords } from './records/parse.ts';
import { jsonProblem, Refusal } from './refusal.ts';
import type { RefusalBook } from './refusals.ts';
import { Batch } from './rows/batch.ts';
import { type Frame, frameOfBatch } from './spool/frame.ts';
import type { Spool } from './spool/spool.ts';

export type PathOptions = {
  readonly projects: Projects;
  readonly contracts: ContractBook;
  readonly budget: ByteBudget;
  readonly limits: BodyLimits;
  readonly spool: Spool;
  readonly refusals: RefusalBook;
  readonly nowMs: () => number;
  readonly emit: Emit;
};

type Decoded = { readonly frame: Frame | undefined; readonly outcome: Outcome };

/**
 * The path of a request: authorize → limit and inflate → mask → decode, validate and transcode in one walk → spool → answer.
 * The answer is made when the bytes are on disk, and not before.
 */
export class IngestPath {
  readonly #options: PathOptions;
  readonly #batch = new Batch();
  readonly #walk = new TraceWalk();

  constructor(options: PathOptions) {
    this.#options = options;
  }

  /** Throws a Refusal when nothing of the request is kept. */
  async take(route: Route, request: IncomingMessage): Promise<Answer> {
    const { projects, contracts, budget, limits, spool, nowMs } = this.#options;
    const startedMs = performance.now();
    const share = budget.open();
    let project: ProjectId | undefined;
    try {
      project = await projects.of(request.headers.authorization);
      const format = formatOf(route, request);
      const body = await readBody(request, limits, share);
      const promised = await contracts.of(project);
      const { frame, outcome } = this.#decode(route, format, body, project, promised, nowMs());
      if (frame) await spool.append(frame);
      this.#accepted(route, project, body, frame, outcome, performance.now() - startedMs);
      return successAnswer(format, outcome);
    } catch (error) {
      throw this.#refused(route, project, refusalOf(error));
    } finally {
      share.giveBack();
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
  ): Decoded {
    const batch = this.#batch;
    batch.begin(project, receivedAtMs, contracts);
    if (format.kind === 'otlp') {
      const bytes = format.encoding === 'json' ? traceRequestFromJson(parseJson(body.bytes)) : body.bytes;
      const masked = maskTraces(bytes, contracts);
      this.#walk.read(masked.bytes, batch, masked.refused);
    } else if (route.signal !== 'spans') readRecords(body.bytes, format.format, route.signal, batch);
    const rejectedSpans = batch.spans.rejectedCount;
    const rejected = rejectedSpans + batch.decisions.rejectedCount + batch.outcomes.rejectedCount;
    const accepted = batch[route.signal].writer.rows;
    const isEmpty = accepted === 0 && rejected === 0;
    const frame = isEmpty ? undefined : frameOfBatch(project, receivedAtMs, batch);
    const { rejections } = batch;
    if (frame) this.#options.refusals.records(project, rejections, receivedAtMs);
    return { frame, outcome: { accepted, rejections, rejectedSpans, rejected } };
  }

  #accepted(
    route: Route,
    project: ProjectId,
    body: Body,
    frame: Frame | undefined,
    outcome: Outcome,
    ackMs: number,
  ): void {
    const rows = { spans: 0, decisions: 0, outcomes: 0 };
    for (const part of frame?.header.signals ?? []) rows[part.signal] = part.rows;
    const { wireBytes } = body;
    const { rejected } = outcome;
    this.#options.emit({ kind: 'accepted', project, path: route.path, wireBytes, rows, rejected, ackMs });
  }

  #refused(route: Route, project: ProjectId | undefined, refusal: Refusal): Refusal {
    const { reason, status, message } = refusal;
    const { refusals, nowMs, emit } = this.#options;
    refusals.request(project, route.signal, refusal, nowMs());
    emit({ kind: 'refused', project, path: route.path, reason, status, message });
    return refusal;
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new Refusal('malformed_body', `the body is not JSON: ${jsonProblem(cause)}`, cause);
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof MalformedProtobuf || error instanceof MalformedOtlpJson)
    return new Refusal('malformed_body', error.message, error);
  throw error;
}
