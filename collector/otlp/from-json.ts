import {
  attributes,
  each,
  type Fields,
  fieldsOf,
  fixed64,
  id,
  number,
  optionalFields,
  text,
} from './json-fields.ts';
import { writeLogRecord } from './json-log.ts';
import { writeMetric } from './json-metric.ts';
import { ProtoWriter } from './proto-writer.ts';
import type { OtlpSignal } from './reply.ts';

/** Names of the request's levels in JSON: its resources, their scopes, and the records in these. */
type Envelope = {
  readonly resources: string;
  readonly scopes: string;
  readonly records: string;
  readonly write: (out: ProtoWriter, record: Fields, path: string) => void;
};
const ENVELOPES: Readonly<Record<OtlpSignal, Envelope>> = {
  spans: { resources: 'resourceSpans', scopes: 'scopeSpans', records: 'spans', write: writeSpan },
  logs: { resources: 'resourceLogs', scopes: 'scopeLogs', records: 'logRecords', write: writeLogRecord },
  metrics: {
    resources: 'resourceMetrics',
    scopes: 'scopeMetrics',
    records: 'metrics',
    write: writeMetric,
  },
};

/** Which signals a JSON body names. */
export function signalsInJson(body: unknown): OtlpSignal[] {
  const request = optionalFields(body, '') ?? {};
  const signals: readonly OtlpSignal[] = ['spans', 'logs', 'metrics'];
  return signals.filter((signal) => Array.isArray(request[ENVELOPES[signal].resources]));
}

/**
 * OTLP JSON as the protobuf message it stands for. Both encodings then take the same walk, so that they cannot
 * differ in what they accept or store. Only lowerCamelCase names are known; unknown ones are ignored, and null is
 * absent, as proto3 JSON has it.
 */
export function requestFromJson(signal: OtlpSignal, body: unknown): Buffer {
  const envelope = ENVELOPES[signal];
  const out = new ProtoWriter();
  const request = fieldsOf(body, '');
  each(request[envelope.resources], envelope.resources, (item, path) =>
    out.message(1, () => writeResource(out, envelope, item, path)),
  );
  return out.take();
}

function writeResource(out: ProtoWriter, envelope: Envelope, item: Fields, path: string): void {
  const resource = optionalFields(item.resource, `${path}.resource`);
  if (resource)
    out.message(1, () => attributes(out, 1, resource.attributes, `${path}.resource.attributes`, 0));
  each(item[envelope.scopes], `${path}.${envelope.scopes}`, (group, groupPath) =>
    out.message(2, () => {
      const scope = optionalFields(group.scope, `${groupPath}.scope`);
      if (scope) out.message(1, () => writeScope(out, scope, `${groupPath}.scope`));
      each(group[envelope.records], `${groupPath}.${envelope.records}`, (record, recordPath) =>
        out.message(2, () => envelope.write(out, record, recordPath)),
      );
      text(out, 3, group.schemaUrl, `${groupPath}.schemaUrl`);
    }),
  );
  text(out, 3, item.schemaUrl, `${path}.schemaUrl`);
}

function writeScope(out: ProtoWriter, scope: Fields, path: string): void {
  text(out, 1, scope.name, `${path}.name`);
  text(out, 2, scope.version, `${path}.version`);
  attributes(out, 3, scope.attributes, `${path}.attributes`, 0);
}

function writeSpan(out: ProtoWriter, span: Fields, path: string): void {
  id(out, 1, span.traceId);
  id(out, 2, span.spanId);
  text(out, 3, span.traceState, `${path}.traceState`);
  if (span.parentSpanId !== '') id(out, 4, span.parentSpanId);
  text(out, 5, span.name, `${path}.name`);
  number(out, 6, span.kind, `${path}.kind`);
  fixed64(out, 7, span.startTimeUnixNano, `${path}.startTimeUnixNano`);
  fixed64(out, 8, span.endTimeUnixNano, `${path}.endTimeUnixNano`);
  attributes(out, 9, span.attributes, `${path}.attributes`, 0);
  each(span.events, `${path}.events`, (event, at) =>
    out.message(11, () => {
      fixed64(out, 1, event.timeUnixNano, `${at}.timeUnixNano`);
      text(out, 2, event.name, `${at}.name`);
      attributes(out, 3, event.attributes, `${at}.attributes`, 0);
      number(out, 4, event.droppedAttributesCount, `${at}.droppedAttributesCount`);
    }),
  );
  each(span.links, `${path}.links`, (link, at) =>
    out.message(13, () => {
      id(out, 1, link.traceId);
      id(out, 2, link.spanId);
      text(out, 3, link.traceState, `${at}.traceState`);
      attributes(out, 4, link.attributes, `${at}.attributes`, 0);
      number(out, 5, link.droppedAttributesCount, `${at}.droppedAttributesCount`);
      if (typeof link.flags === 'number') out.fixed32(6, link.flags);
    }),
  );
  const status = optionalFields(span.status, `${path}.status`);
  if (status)
    out.message(15, () => {
      text(out, 2, status.message, `${path}.status.message`);
      number(out, 3, status.code, `${path}.status.code`);
    });
}
