import { type Batch, LATEST_MS } from '../rows/batch.ts';
import type { RowWriter } from '../rows/writer.ts';
import { writeAttributeMaps } from './attributes.ts';
import type { SpanContext } from './context.ts';
import { int64Number, nanosToMs } from './int64.ts';
import { exemplarsJson } from './nested.ts';
import { EXPONENTIAL_HISTOGRAM, GAUGE, type Halves, HISTOGRAM, Point, SUM, SUMMARY } from './point.ts';
import { type Refused, refusedContext, TOO_MANY_MONTHS, writeChecked, writeOrigin } from './record.ts';
import { BYTES, VARINT, type Wire } from './wire.ts';

/** Field of the Metric message that holds its points → the kind of point. */
const KIND_OF_FIELD: Readonly<Record<number, number | undefined>> = {
  5: GAUGE,
  7: SUM,
  9: HISTOGRAM,
  10: EXPONENTIAL_HISTOGRAM,
  11: SUMMARY,
};

/** Reads one metric after the other and writes each of its data points as a row. */
export class MetricReader {
  readonly #point = new Point();
  /** Start and end of name, description and unit. */
  readonly #texts = new Int32Array(6);
  #kind = 0;
  #dataAt = 0;
  #dataEnd = 0;
  #temporality = 0;
  #isMonotonic = 0;

  /** Reads the metric that ends at `end`; its first point is the request's `index`th. Returns how many points it had. */
  read(wire: Wire, end: number, index: number, context: SpanContext, batch: Batch): number {
    this.#head(wire, end);
    if (this.#kind === 0) return 0;
    wire.at = this.#dataAt;
    this.#data(wire);
    wire.at = this.#dataAt;
    let points = 0;
    while (wire.at < this.#dataEnd) {
      wire.tag(this.#dataEnd);
      if (wire.field !== 1 || wire.type !== BYTES) {
        wire.skip(this.#dataEnd);
        continue;
      }
      const stop = wire.delimited(this.#dataEnd);
      this.#point.read(wire, stop, this.#kind);
      wire.at = stop;
      const refused = this.#write(wire, context, batch);
      if (refused) batch.reject('metrics', index + points, refused.reason, refused.message);
      points += 1;
    }
    return points;
  }

  /** Name and unit may stand behind the points: they are looked up first. */
  #head(wire: Wire, end: number): void {
    this.#texts.fill(0);
    this.#kind = 0;
    while (wire.at < end) {
      wire.tag(end);
      if (wire.type !== BYTES) {
        wire.skip(end);
        continue;
      }
      const { field } = wire;
      const stop = wire.delimited(end);
      if (field <= 3) {
        this.#texts[field * 2 - 2] = wire.at;
        this.#texts[field * 2 - 1] = stop;
      } else if (KIND_OF_FIELD[field] !== undefined) {
        this.#kind = KIND_OF_FIELD[field];
        this.#dataAt = wire.at;
        this.#dataEnd = stop;
      }
      wire.at = stop;
    }
  }

  #data(wire: Wire): void {
    const end = this.#dataEnd;
    const hasTemporality = this.#kind !== GAUGE && this.#kind !== SUMMARY;
    this.#temporality = 0;
    this.#isMonotonic = 0;
    while (wire.at < end) {
      wire.tag(end);
      if (wire.field === 2 && wire.type === VARINT && hasTemporality)
        this.#temporality = Math.min(wire.varint(end), 255);
      else if (wire.field === 3 && wire.type === VARINT && this.#kind === SUM)
        this.#isMonotonic = wire.varint(end) === 0 ? 0 : 1;
      else wire.skip(end);
    }
  }

  #write(wire: Wire, context: SpanContext, batch: Batch): Refused | undefined {
    const point = this.#point;
    const timeMs = msOf(point.time);
    const refused =
      refusedTimes(timeMs, msOf(point.start)) ??
      refusedContext(context, point.attributes) ??
      refusedBuckets(point);
    if (refused) return refused;
    const { writer, ranges } = batch.metrics;
    if (!ranges.admits(timeMs)) return TOO_MANY_MONTHS;
    const unwritten = writeChecked(writer, () => this.#row(wire, context, batch, writer));
    if (unwritten) return unwritten;
    batch.metrics.overwritten += point.attributes.reserved;
    ranges.add(timeMs);
    return undefined;
  }

  /** Columns in the order of ROW_LAYOUT.metrics. */
  #row(wire: Wire, context: SpanContext, batch: Batch, writer: RowWriter): void {
    const { bytes } = wire;
    const point = this.#point;
    const texts = this.#texts;
    const begin = writer.length;
    batch.writeProject(writer);
    writer.raw(context.service, 0, context.service.length);
    for (let at = 0; at < 6; at += 2) writer.text(bytes, texts[at] ?? 0, texts[at + 1] ?? 0);
    writer.u8(this.#kind);
    writer.u8(this.#temporality);
    writer.u8(this.#isMonotonic);
    writeHalves(writer, point.start);
    writeHalves(writer, point.time);
    writer.u32(point.flags);
    writeAttributeMaps(writer, wire, point.attributes);
    writeValue(writer, point);
    writeDistribution(writer, point);
    if (point.exemplars.length === 0) writer.u8(0);
    else writer.string(exemplarsJson(wire, point.exemplars));
    writeOrigin(writer, context, batch, begin);
  }
}

const msOf = ([low = 0, high = 0]: Halves): number => nanosToMs(low, high);

function refusedTimes(timeMs: number, startMs: number): Refused | undefined {
  if (timeMs === 0) return { reason: 'missing_time', message: 'time_unix_nano is not set' };
  if (timeMs > LATEST_MS) return { reason: 'time_out_of_range', message: 'time_unix_nano lies after 2200' };
  if (startMs > LATEST_MS)
    return { reason: 'time_out_of_range', message: 'start_time_unix_nano lies after 2200' };
  return undefined;
}

/** Only explicit buckets can contradict themselves; points of other kinds have none. */
function refusedBuckets({ bucketCounts, bounds }: Point): Refused | undefined {
  const buckets = bucketCounts.length / 2;
  if (buckets === 0 && bounds.length === 0) return undefined;
  if (buckets !== bounds.length + 1)
    return { reason: 'invalid_histogram', message: `${buckets} bucket_counts for ${bounds.length} bounds` };
  const isGrowing = bounds.every((bound, at) => at === 0 || bound > (bounds[at - 1] ?? Number.NaN));
  return isGrowing ? undefined : { reason: 'invalid_histogram', message: 'explicit_bounds do not grow' };
}

/** `value` is set for either number; `int_value` keeps what a double cannot. */
function writeValue(writer: RowWriter, point: Point): void {
  const [low = 0, high = 0] = point.int;
  const isInt = point.valueKind === 'int';
  if (point.valueKind === 'none') writer.u8(1);
  else writer.nullableF64(isInt ? int64Number(low, high) : point.double);
  writer.u8(isInt ? 0 : 1);
  if (isInt) writer.i64(low, high);
}

function writeDistribution(writer: RowWriter, point: Point): void {
  writeHalves(writer, point.count);
  writer.nullableF64(point.sum);
  writer.nullableF64(point.min);
  writer.nullableF64(point.max);
  writeIntegers(writer, point.bucketCounts);
  writeDoubles(writer, point.bounds);
  writer.u32(point.scale);
  writeHalves(writer, point.zeroCount);
  writer.f64(point.zeroThreshold);
  writer.u32(point.positiveOffset);
  writeIntegers(writer, point.positive);
  writer.u32(point.negativeOffset);
  writeIntegers(writer, point.negative);
  writeDoubles(writer, point.quantiles);
  writeDoubles(writer, point.quantileValues);
}

const writeHalves = (writer: RowWriter, [low = 0, high = 0]: Halves): void => writer.i64(low, high);

function writeIntegers(writer: RowWriter, halves: Halves): void {
  writer.varint(halves.length / 2);
  for (let at = 0; at < halves.length; at += 2) writer.i64(halves[at] ?? 0, halves[at + 1] ?? 0);
}

function writeDoubles(writer: RowWriter, values: readonly number[]): void {
  writer.varint(values.length);
  for (const value of values) writer.f64(value);
}
