import type { ProjectId } from '../../model/ids.ts';
import type { ProjectContracts } from '../contracts/contracts.ts';
import type { Outcome } from '../http/answer.ts';
import type { Format } from '../http/routes.ts';
import { OtlpRequests } from '../otlp/requests.ts';
import { SIGNALS } from '../reasons.ts';
import type { Carried } from '../records/carried.ts';
import { readRecords } from '../records/parse.ts';
import { Batch } from '../rows/batch.ts';
import { type Frame, frameOfBatch } from '../spool/frame.ts';

/** One request whose body is there, and what its rows depend on beside that body. */
export type Job = {
  readonly format: Format;
  readonly project: ProjectId;
  readonly receivedAtMs: number;
  readonly contracts: ProjectContracts;
  readonly carried: Carried | undefined;
};

/** No frame: there was nothing in it, not even something to refuse. */
export type Decoded = { readonly frame: Frame | undefined; readonly outcome: Outcome };

/** Mask, decode, validate and transcode, in one walk. Synchronous, so that one batch of buffers serves all requests. */
export class Decoder {
  readonly #batch = new Batch();
  readonly #otlp = new OtlpRequests();

  /** Throws a Refusal when nothing of the request can be kept. */
  decode({ format, project, receivedAtMs, contracts, carried }: Job, body: Buffer): Decoded {
    const batch = this.#batch;
    batch.begin(project, receivedAtMs, contracts, carried);
    if (format.kind === 'otlp') this.#otlp.read(format.signal, format.encoding, body, batch);
    else readRecords(body, format, batch);
    const rejectedHere = batch[format.signal].rejectedCount;
    const rejected = SIGNALS.reduce((sum, signal) => sum + batch[signal].rejectedCount, 0);
    const accepted = batch[format.signal].writer.rows;
    const isEmpty = accepted === 0 && rejected === 0;
    const frame = isEmpty ? undefined : frameOfBatch(project, receivedAtMs, batch);
    return { frame, outcome: { accepted, rejections: batch.rejections, rejectedHere, rejected } };
  }
}
