import type { IncomingHttpHeaders } from 'node:http';
import { type DecisionInput, LIMITS } from '../../model/decision.ts';
import { decisionId } from '../../model/ids.ts';
import { isReservedName } from '../otlp/reserved.ts';
import { DECISION_PREFIX, SEGMENT_PREFIX } from '../otlp/semconv.ts';

/** What the headers of a request say of all its decisions; a decision's own word goes first. */
export type Carried = {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly traceState?: string;
  readonly segments: Readonly<Record<string, string>>;
  readonly upstream: DecisionInput['upstream'];
  /** Entries that say what only the credential may. */
  readonly reserved: number;
};
export const NOTHING_CARRIED: Carried = { segments: {}, upstream: [], reserved: 0 };

/** W3C Trace Context: version 00 is exactly so; later ones may go on behind another dash, and ff is none. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;
const PRINTABLE = /^[\x20-\x7e]*$/;
/** W3C Baggage: so much a receiver has to carry; what comes beyond is left out. */
const MOST_ENTRIES = 64;
const MOST_BYTES = 8_192;
const MOST_SEGMENT_CHARS = 256;

/**
 * Baggage keys are the names of the attributes that the entries would be on a span, so that a span processor which
 * copies baggage to spans says the same: `leeway.decision.segment.<key>` and `leeway.decision.upstream`.
 */
const SEGMENT_KEY = DECISION_PREFIX + SEGMENT_PREFIX;
const UPSTREAM_KEY = `${DECISION_PREFIX}upstream`;

export function carriedBy(headers: IncomingHttpHeaders): Carried {
  const { traceparent, tracestate, baggage } = headers;
  if (traceparent === undefined && baggage === undefined) return NOTHING_CARRIED;
  return { ...traceOf(one(traceparent), one(tracestate)), ...baggageOf(one(baggage)) };
}

/** Of two headers of one name neither can be told to be right. */
const one = (header: string | string[] | undefined): string =>
  typeof header === 'string' ? header.trim() : '';

/** A header that breaks the recommendation is as if it were not there. */
function traceOf(
  traceparent: string,
  tracestate: string,
): Pick<Carried, 'traceId' | 'spanId' | 'traceState'> {
  const [, version, traceId, spanId, more] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || (version === '00' && more !== undefined)) return {};
  const traceState = stateOf(tracestate);
  return { traceId, spanId, ...(traceState === '' ? {} : { traceState }) };
}

/** Whole members from the left, where the newest stand, as many as there is room for. */
function stateOf(tracestate: string): string {
  if (!PRINTABLE.test(tracestate)) return '';
  if (tracestate.length <= LIMITS.traceStateChars) return tracestate;
  return tracestate.slice(0, tracestate.lastIndexOf(',', LIMITS.traceStateChars) + 1).replace(/,$/, '');
}

function baggageOf(baggage: string): Pick<Carried, 'segments' | 'upstream' | 'reserved'> {
  const segments: Record<string, string> = {};
  const upstream: DecisionInput['upstream'] = [];
  let reserved = 0;
  for (const [key, value] of entriesOf(baggage.slice(0, MOST_BYTES))) {
    const segment = key.startsWith(SEGMENT_KEY) ? key.slice(SEGMENT_KEY.length) : '';
    const named = key === UPSTREAM_KEY ? decisionId.safeParse(value) : undefined;
    if (isReservedName(key)) reserved += 1;
    else if (named?.success) upstream.push(named.data);
    else if (isSegment(segment, value)) segments[segment] = value;
  }
  return { segments, upstream: upstream.slice(0, LIMITS.upstreamPerDecision), reserved };
}

const isSegment = (name: string, value: string): boolean =>
  name !== '' && name.length <= LIMITS.featureNameChars && value.length <= MOST_SEGMENT_CHARS;

/** `key=value;property`, parted by commas; values are percent-encoded. */
function entriesOf(baggage: string): [key: string, value: string][] {
  return baggage.split(',', MOST_ENTRIES).flatMap((member): [string, string][] => {
    const [pair = ''] = member.split(';', 1);
    const at = pair.indexOf('=');
    const value = at < 1 ? undefined : decoded(pair.slice(at + 1).trim());
    return value === undefined ? [] : [[pair.slice(0, at).trim(), value]];
  });
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/** The decision with what its request carries, where it does not say it itself. */
export function withCarried(decision: DecisionInput, carried: Carried): DecisionInput {
  if (carried === NOTHING_CARRIED) return decision;
  const { traceId, spanId, traceState, segments, upstream } = carried;
  const isTraced = decision.traceId !== undefined || decision.spanId !== undefined;
  return {
    ...decision,
    ...(isTraced || traceId === undefined ? {} : { traceId, spanId, traceState }),
    segments: { ...segments, ...decision.segments },
    upstream: decision.upstream.length > 0 ? decision.upstream : [...upstream],
  };
}
