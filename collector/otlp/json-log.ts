import {
  anyValue,
  attributes,
  type Fields,
  fixed64,
  id,
  number,
  optionalFields,
  text,
} from './json-fields.ts';
import type { ProtoWriter } from './proto-writer.ts';

/** A LogRecord of OTLP JSON as protobuf. */
export function writeLogRecord(out: ProtoWriter, record: Fields, path: string): void {
  fixed64(out, 1, record.timeUnixNano, `${path}.timeUnixNano`);
  number(out, 2, record.severityNumber, `${path}.severityNumber`);
  text(out, 3, record.severityText, `${path}.severityText`);
  const body = optionalFields(record.body, `${path}.body`);
  if (body) out.message(5, () => anyValue(out, body, `${path}.body`, 0));
  attributes(out, 6, record.attributes, `${path}.attributes`, 0);
  if (typeof record.flags === 'number') out.fixed32(8, record.flags);
  id(out, 9, record.traceId);
  id(out, 10, record.spanId);
  fixed64(out, 11, record.observedTimeUnixNano, `${path}.observedTimeUnixNano`);
  text(out, 12, record.eventName, `${path}.eventName`);
}
