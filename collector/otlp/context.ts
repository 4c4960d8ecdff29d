import type { Attributes } from './attributes.ts';

/** What all records of one resource and scope share: encoded once, copied into each row. */
export type SpanContext = {
  /** LowCardinality(String) `service`, with its length. */
  service: Buffer;
  /** The service's name alone: the default system of its decisions. */
  serviceName: Buffer;
  resource: Buffer;
  /** `scope_name`, `scope_version`. */
  scope: Buffer;
  /** `resource_schema_url`, and `scope_attributes`, `scope_schema_url`; empty for spans, which do not keep them. */
  resourceSchemaUrl: Buffer;
  scopeDetail: Buffer;
  /** Text of the resource or scope was not UTF-8: none of its records can be stored. */
  invalidText: boolean;
  tooManyAttributes: boolean;
};

/** What a decision's row takes from its span. */
export type DecisionSpan = {
  readonly attributes: Attributes;
  /** Start and end of each event's message, in turn. */
  readonly events: readonly number[];
  readonly traceAt: number;
  readonly spanAt: number;
  /** Where its trace_state stands; both 0 where it has none. */
  readonly stateAt: number;
  readonly stateEnd: number;
  readonly startLow: number;
  readonly startHigh: number;
  readonly durationLow: number;
  readonly durationHigh: number;
};
