import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { CONTENT_TYPE } from '../otlp/reply.ts';

/** A whole message, handed to the ingest path as the body of a request. */
export class MessageBody extends Readable {
  readonly headers: IncomingHttpHeaders;
  readonly complete = true;
  #message: Buffer | null;

  constructor(message: Buffer, authorization: string | undefined) {
    super();
    this.#message = message;
    this.headers = {
      'content-type': CONTENT_TYPE.protobuf,
      'content-length': String(message.length),
      ...(authorization === undefined ? {} : { authorization }),
    };
  }

  override _read(): void {
    if (this.#message !== null && this.#message.length > 0) this.push(this.#message);
    this.#message = null;
    this.push(null);
  }
}
