import {
  attributes,
  double,
  doubleOf,
  each,
  type Fields,
  fixed64,
  id,
  integer,
  number,
  optionalFields,
  sfixed64,
  sint32,
  text,
  values,
} from './json-fields.ts';
import type { ProtoWriter } from './proto-writer.ts';

type WritePoint = (out: ProtoWriter, point: Fields, path: string) => void;
/** Name in JSON, field in protobuf, and what its points are. */
const KINDS: readonly (readonly [name: string, field: number, write: WritePoint])[] = [
  ['gauge', 5, writeNumber],
  ['sum', 7, writeNumber],
  ['histogram', 9, writeHistogram],
  ['exponentialHistogram', 10, writeExponential],
  ['summary', 11, writeSummary],
];

/** A Metric of OTLP JSON as protobuf. */
export function writeMetric(out: ProtoWriter, metric: Fields, path: string): void {
  text(out, 1, metric.name, `${path}.name`);
  text(out, 2, metric.description, `${path}.description`);
  text(out, 3, metric.unit, `${path}.unit`);
  for (const [name, field, write] of KINDS) {
    const at = `${path}.${name}`;
    const data = optionalFields(metric[name], at);
    if (!data) continue;
    out.message(field, () => {
      each(data.dataPoints, `${at}.dataPoints`, (point, pointPath) =>
        out.message(1, () => write(out, point, pointPath)),
      );
      number(out, 2, data.aggregationTemporality, `${at}.aggregationTemporality`);
      if (data.isMonotonic === true) out.uint32(3, 1);
    });
  }
}

function times(out: ProtoWriter, point: Fields, path: string): void {
  fixed64(out, 2, point.startTimeUnixNano, `${path}.startTimeUnixNano`);
  fixed64(out, 3, point.timeUnixNano, `${path}.timeUnixNano`);
}

function writeNumber(out: ProtoWriter, point: Fields, path: string): void {
  times(out, point, path);
  double(out, 4, point.asDouble, `${path}.asDouble`);
  exemplars(out, 5, point.exemplars, `${path}.exemplars`);
  sfixed64(out, 6, point.asInt, `${path}.asInt`);
  attributes(out, 7, point.attributes, `${path}.attributes`, 0);
  number(out, 8, point.flags, `${path}.flags`);
}

function writeHistogram(out: ProtoWriter, point: Fields, path: string): void {
  times(out, point, path);
  fixed64(out, 4, point.count, `${path}.count`);
  double(out, 5, point.sum, `${path}.sum`);
  out.packedFixed64(6, values(point.bucketCounts, `${path}.bucketCounts`, integer));
  out.packedDouble(7, values(point.explicitBounds, `${path}.explicitBounds`, doubleOf));
  exemplars(out, 8, point.exemplars, `${path}.exemplars`);
  attributes(out, 9, point.attributes, `${path}.attributes`, 0);
  number(out, 10, point.flags, `${path}.flags`);
  double(out, 11, point.min, `${path}.min`);
  double(out, 12, point.max, `${path}.max`);
}

function writeExponential(out: ProtoWriter, point: Fields, path: string): void {
  attributes(out, 1, point.attributes, `${path}.attributes`, 0);
  times(out, point, path);
  fixed64(out, 4, point.count, `${path}.count`);
  double(out, 5, point.sum, `${path}.sum`);
  sint32(out, 6, point.scale, `${path}.scale`);
  fixed64(out, 7, point.zeroCount, `${path}.zeroCount`);
  buckets(out, 8, point.positive, `${path}.positive`);
  buckets(out, 9, point.negative, `${path}.negative`);
  number(out, 10, point.flags, `${path}.flags`);
  exemplars(out, 11, point.exemplars, `${path}.exemplars`);
  double(out, 12, point.min, `${path}.min`);
  double(out, 13, point.max, `${path}.max`);
  double(out, 14, point.zeroThreshold, `${path}.zeroThreshold`);
}

function buckets(out: ProtoWriter, field: number, value: unknown, path: string): void {
  const found = optionalFields(value, path);
  if (!found) return;
  out.message(field, () => {
    sint32(out, 1, found.offset, `${path}.offset`);
    out.packedVarint(2, values(found.bucketCounts, `${path}.bucketCounts`, integer));
  });
}

function writeSummary(out: ProtoWriter, point: Fields, path: string): void {
  times(out, point, path);
  fixed64(out, 4, point.count, `${path}.count`);
  double(out, 5, point.sum, `${path}.sum`);
  each(point.quantileValues, `${path}.quantileValues`, (item, at) =>
    out.message(6, () => {
      double(out, 1, item.quantile, `${at}.quantile`);
      double(out, 2, item.value, `${at}.value`);
    }),
  );
  attributes(out, 7, point.attributes, `${path}.attributes`, 0);
  number(out, 8, point.flags, `${path}.flags`);
}

function exemplars(out: ProtoWriter, field: number, list: unknown, path: string): void {
  each(list, path, (item, at) =>
    out.message(field, () => {
      fixed64(out, 2, item.timeUnixNano, `${at}.timeUnixNano`);
      double(out, 3, item.asDouble, `${at}.asDouble`);
      id(out, 4, item.spanId);
      id(out, 5, item.traceId);
      sfixed64(out, 6, item.asInt, `${at}.asInt`);
      attributes(out, 7, item.filteredAttributes, `${at}.filteredAttributes`, 0);
    }),
  );
}
