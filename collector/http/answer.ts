import type { IncomingMessage } from 'node:http';
import { CONTENT_TYPE, exportResponse, rejectionSentence, statusBody } from '../otlp/reply.ts';
import { REASONS, type Reason, type Rejection } from '../reasons.ts';
import { type Format, mediaTypeOf, type Route } from './routes.ts';

export type Answer = {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
};

const PROBLEM = 'application/problem+json';
const TITLE: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Request timeout',
  413: 'Content too large',
  415: 'Unsupported media type',
  429: 'Too many requests',
  503: 'Service unavailable',
};

export type Outcome = {
  readonly accepted: number;
  readonly rejections: readonly Rejection[];
  /** Of the signal that was sent. */
  readonly rejectedHere: number;
  /** Of all signals: a span can be stored while its decision is refused. */
  readonly rejected: number;
};

export function successAnswer(format: Format, outcome: Outcome): Answer {
  if (format.kind === 'otlp') {
    const sentence = rejectionSentence(outcome.rejections, outcome.rejected);
    return {
      status: 200,
      contentType: CONTENT_TYPE[format.encoding],
      body: exportResponse(format.encoding, format.signal, outcome.rejectedHere, sentence),
    };
  }
  const rejected = outcome.rejections.map(({ index, reason, message }) => ({ index, reason, message }));
  return json(200, 'application/json', { accepted: outcome.accepted, rejected });
}

/** Errors come in the request's own encoding: google.rpc.Status for OTLP, RFC 9457 for everything else. */
export function errorAnswer(
  route: Route | undefined,
  request: IncomingMessage,
  status: number,
  code: Reason | 'not_found' | 'method_not_allowed',
  detail: string,
  requestId: string,
): Answer {
  if (route === undefined || route.isOtlp) {
    const encoding = mediaTypeOf(request) === CONTENT_TYPE.protobuf ? 'protobuf' : 'json';
    const badRequest = status === 400 && code in REASONS ? (code as Reason) : undefined;
    const body = statusBody(encoding, status, detail, badRequest);
    return { status, contentType: CONTENT_TYPE[encoding], body };
  }
  return json(status, PROBLEM, {
    type: `https://leeway.dev/problems/${code}`,
    title: TITLE[status] ?? 'Error',
    status,
    detail,
    code,
    ...(code in REASONS ? { help: REASONS[code as Reason] } : {}),
    requestId,
  });
}

export const json = (status: number, contentType: string, body: unknown): Answer => ({
  status,
  contentType,
  body: Buffer.from(JSON.stringify(body)),
});
