import type { IncomingMessage } from 'node:http';
import type { OtlpEncoding } from '../otlp/reply.ts';
import type { Signal } from '../reasons.ts';
import type { RecordFormat } from '../records/parse.ts';
import { Refusal } from '../refusal.ts';

/** What a body holds, and so which decoder takes it. */
export type Route = {
  readonly path: string;
  readonly signal: Signal;
  /** Media type → how the body is read, and (for OTLP) answered. */
  readonly formats: Readonly<Record<string, Format | undefined>>;
};
export type Format =
  | { readonly kind: 'otlp'; readonly encoding: OtlpEncoding }
  | { readonly kind: 'records'; readonly format: RecordFormat };

const OTLP: Route['formats'] = {
  'application/x-protobuf': { kind: 'otlp', encoding: 'protobuf' },
  'application/json': { kind: 'otlp', encoding: 'json' },
};
const RECORDS: Route['formats'] = {
  'application/json': { kind: 'records', format: 'json' },
  'application/x-ndjson': { kind: 'records', format: 'ndjson' },
  'application/jsonl': { kind: 'records', format: 'ndjson' },
};

export const ROUTES: readonly Route[] = [
  { path: '/v1/traces', signal: 'spans', formats: OTLP },
  { path: '/v1/decisions', signal: 'decisions', formats: RECORDS },
  { path: '/v1/outcomes', signal: 'outcomes', formats: RECORDS },
];

export const routeOf = (path: string): Route | undefined => ROUTES.find((route) => route.path === path);

/** Media types are case-insensitive and may carry parameters. */
export const mediaTypeOf = (request: IncomingMessage): string =>
  (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

export function formatOf(route: Route, request: IncomingMessage): Format {
  const mediaType = mediaTypeOf(request);
  const format = Object.hasOwn(route.formats, mediaType) ? route.formats[mediaType] : undefined;
  if (format) return format;
  const known = Object.keys(route.formats).join(' or ');
  throw new Refusal(
    'unsupported_media_type',
    `content type ${mediaType === '' ? '(none)' : mediaType} is not ${known}`,
  );
}
