import type { Reason, Rejection } from '../reasons.ts';
import { ProtoWriter } from './proto-writer.ts';

export type OtlpEncoding = 'protobuf' | 'json';
export const CONTENT_TYPE: Record<OtlpEncoding, string> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** google.rpc.Code, for the statuses we answer. Clients ignore it; people read it. */
const RPC_CODE: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 12,
  405: 12,
  408: 4,
  413: 8,
  415: 3,
  429: 8,
  503: 14,
};
/** OTLP: shorten the message first, so that the answer stays small. */
const MAX_MESSAGE_CHARS = 2_048;

export const rpcCodeOf = (httpStatus: number): number => RPC_CODE[httpStatus] ?? 2;

/** What a google.rpc.Status may carry beside its sentence. */
export type RpcDetail =
  /** RetryInfo: what makes a gRPC client come again. */
  | { readonly kind: 'retry'; readonly retryInSeconds: number }
  /** BadRequest: what is wrong with it, for programs. */
  | { readonly kind: 'bad_request'; readonly reason: Reason };

const TYPE_PREFIX = 'type.googleapis.com/google.rpc.';
/** The whole of the request: a refusal of single records is a partial success. */
const FIELD = 'body';

/** google.rpc.Status: the body of every 4xx and 5xx answer. */
export function statusBody(
  encoding: OtlpEncoding,
  httpStatus: number,
  message: string,
  badRequest?: Reason,
): Buffer {
  const code = rpcCodeOf(httpStatus);
  const detail: RpcDetail | undefined =
    badRequest === undefined ? undefined : { kind: 'bad_request', reason: badRequest };
  if (encoding === 'protobuf') return rpcStatus(code, message, detail);
  const short = message.slice(0, MAX_MESSAGE_CHARS);
  if (badRequest === undefined) return Buffer.from(JSON.stringify({ code, message: short }));
  const violation = { field: FIELD, description: short, reason: badRequest.toUpperCase() };
  const details = [{ '@type': `${TYPE_PREFIX}BadRequest`, fieldViolations: [violation] }];
  return Buffer.from(JSON.stringify({ code, message: short, details }));
}

export function rpcStatus(code: number, message: string, detail?: RpcDetail): Buffer {
  const short = message.slice(0, MAX_MESSAGE_CHARS);
  const out = new ProtoWriter();
  out.uint32(1, code);
  out.string(2, short);
  if (detail)
    out.message(3, () => {
      out.string(1, `${TYPE_PREFIX}${detail.kind === 'retry' ? 'RetryInfo' : 'BadRequest'}`);
      out.message(2, () =>
        out.message(1, () => {
          if (detail.kind === 'retry') out.uint32(1, detail.retryInSeconds);
          else {
            out.string(1, FIELD);
            out.string(2, short);
            out.string(3, detail.reason.toUpperCase());
          }
        }),
      );
    });
  return out.take();
}

export type OtlpSignal = 'spans' | 'logs' | 'metrics';
const REJECTED_FIELD: Readonly<Record<OtlpSignal, string>> = {
  spans: 'rejectedSpans',
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
};
const RECORD_NAME = {
  spans: 'spans',
  logs: 'logRecords',
  metrics: 'dataPoints',
  decisions: 'decision of spans',
  outcomes: 'outcome of spans',
} as const;

/** Export…ServiceResponse, the same message for each signal. `partial_success` is there only if something was refused: clients take its presence for trouble. */
export function exportResponse(
  encoding: OtlpEncoding,
  signal: OtlpSignal,
  rejected: number,
  message: string,
): Buffer {
  if (message === '') return Buffer.from(encoding === 'json' ? '{}' : '');
  const short = message.slice(0, MAX_MESSAGE_CHARS);
  if (encoding === 'json')
    return Buffer.from(
      JSON.stringify({
        partialSuccess: { [REJECTED_FIELD[signal]]: String(rejected), errorMessage: short },
      }),
    );
  const out = new ProtoWriter();
  out.message(1, () => {
    if (rejected > 0) out.int64(1, BigInt(rejected));
    out.string(2, short);
  });
  return out.take();
}

/** "2 refused. spans[3]: invalid_trace_id (trace_id is all zero); …" */
export function rejectionSentence(rejections: readonly Rejection[], refused: number): string {
  if (refused === 0) return '';
  const shown = rejections
    .slice(0, 10)
    .map(({ signal, index, reason, message }) => `${RECORD_NAME[signal]}[${index}]: ${reason} (${message})`)
    .join('; ');
  return `${refused} refused, the rest is stored. ${shown}${refused > 10 ? '; …' : ''}`;
}
