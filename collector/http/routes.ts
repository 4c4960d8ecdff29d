import type { OtlpEncoding, OtlpSignal } from '../otlp/reply.ts';
import type { Signal } from '../reasons.ts';
import type { RecordFormat, RecordSignal } from '../records/parse.ts';
import { Refusal } from '../refusal.ts';
import type { Incoming } from './body.ts';

/** What a body holds, and so which decoder takes it. */
export type Route = {
  readonly path: string;
  readonly signal: Signal;
  readonly isOtlp: boolean;
  /** Media type → how the body is read, and (for OTLP) answered. */
  readonly formats: Readonly<Record<string, Format | undefined>>;
};
export type Format =
  | { readonly kind: 'otlp'; readonly signal: OtlpSignal; readonly encoding: OtlpEncoding }
  | {
      readonly kind: 'records';
      readonly signal: RecordSignal;
      readonly format: RecordFormat /** Outcomes that are all rulings, said by the path. */;
      readonly ruling: boolean;
    };

export const otlp = (path: string, signal: OtlpSignal): Route => ({
  path,
  signal,
  isOtlp: true,
  formats: {
    'application/x-protobuf': { kind: 'otlp', signal, encoding: 'protobuf' },
    'application/json': { kind: 'otlp', signal, encoding: 'json' },
  },
});
const records = (path: string, signal: RecordSignal, ruling = false): Route => ({
  path,
  signal,
  isOtlp: false,
  formats: {
    'application/json': { kind: 'records', signal, format: 'json', ruling },
    'application/x-ndjson': { kind: 'records', signal, format: 'ndjson', ruling },
    'application/jsonl': { kind: 'records', signal, format: 'ndjson', ruling },
  },
});

export const ROUTES: readonly Route[] = [
  otlp('/v1/traces', 'spans'),
  otlp('/v1/logs', 'logs'),
  otlp('/v1/metrics', 'metrics'),
  records('/v1/decisions', 'decisions'),
  records('/v1/outcomes', 'outcomes'),
  records('/v1/rulings', 'outcomes', true),
];

export const routeOf = (path: string): Route | undefined => ROUTES.find((route) => route.path === path);

/** Media types are case-insensitive and may carry parameters. */
export const mediaTypeOf = (request: Pick<Incoming, 'headers'>): string =>
  (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

export function formatOf(route: Route, request: Pick<Incoming, 'headers'>): Format {
  const mediaType = mediaTypeOf(request);
  const format = Object.hasOwn(route.formats, mediaType) ? route.formats[mediaType] : undefined;
  if (format) return format;
  const known = Object.keys(route.formats).join(' or ');
  throw new Refusal(
    'unsupported_media_type',
    `content type ${mediaType === '' ? '(none)' : mediaType} is not ${known}`,
  );
}
