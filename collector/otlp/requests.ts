import { parseJsonBody } from '../json-body.ts';
import { maskRequest } from '../masking/request.ts';
import { Refusal } from '../refusal.ts';
import type { Batch } from '../rows/batch.ts';
import { requestFromJson, signalsInJson } from './from-json.ts';
import { MalformedOtlpJson } from './json-fields.ts';
import type { OtlpEncoding, OtlpSignal } from './reply.ts';
import { signalOfProtobuf } from './sniff.ts';
import { createWalks } from './walk.ts';
import { MalformedProtobuf } from './wire.ts';

const NAME: Readonly<Record<OtlpSignal, string>> = { spans: 'traces', logs: 'logs', metrics: 'metrics' };

/** Requests of all signals and encodings, into the rows of a batch. */
export class OtlpRequests {
  readonly #walks = createWalks();

  /** Throws a Refusal when the bytes are not a request of that signal at all. */
  read(signal: OtlpSignal, encoding: OtlpEncoding, body: Buffer, batch: Batch): void {
    try {
      const bytes = encoding === 'json' ? fromJson(signal, body) : body;
      if (encoding === 'protobuf') refuseOther(signal, signalOfProtobuf(bytes));
      const masked = maskRequest(signal, bytes, batch.contracts);
      this.#walks[signal].read(masked.bytes, batch, masked.refused);
    } catch (error) {
      if (error instanceof MalformedProtobuf || error instanceof MalformedOtlpJson)
        throw new Refusal('malformed_body', error.message, error);
      throw error;
    }
  }
}

function fromJson(signal: OtlpSignal, body: Buffer): Buffer {
  const json = parseJsonBody(body);
  const found = signalsInJson(json);
  if (!found.includes(signal)) refuseOther(signal, found[0]);
  return requestFromJson(signal, json);
}

/** Unknown fields are ignored, so without this a request on the wrong path would be answered 200 and be lost. */
function refuseOther(wanted: OtlpSignal, found: OtlpSignal | undefined): void {
  if (found === undefined || found === wanted) return;
  throw new Refusal(
    'wrong_signal',
    `the body holds ${NAME[found]}, but came where ${NAME[wanted]} are taken; ${NAME[found]} go to /v1/${NAME[found]}`,
  );
}
