import { Attributes } from './attributes.ts';
import { BYTES, FIXED64, VARINT, type Wire } from './wire.ts';

/** Which message a data point is; the numbers are those of the `kind` column. */
export const GAUGE = 1;
export const SUM = 2;
export const HISTOGRAM = 3;
export const EXPONENTIAL_HISTOGRAM = 4;
export const SUMMARY = 5;

/** 64-bit numbers as halves, in turn: low, high. */
export type Halves = number[];

/** One data point of any kind; fields that its kind lacks stay as they are after `reset`. */
export class Point {
  readonly attributes = new Attributes();
  readonly start: Halves = [0, 0];
  readonly time: Halves = [0, 0];
  readonly count: Halves = [0, 0];
  readonly zeroCount: Halves = [0, 0];
  readonly int: Halves = [0, 0];
  readonly bucketCounts: Halves = [];
  readonly positive: Halves = [];
  readonly negative: Halves = [];
  readonly bounds: number[] = [];
  readonly quantiles: number[] = [];
  readonly quantileValues: number[] = [];
  /** Start and end of each exemplar, in turn. */
  readonly exemplars: number[] = [];
  valueKind: 'none' | 'double' | 'int' = 'none';
  double = 0;
  sum: number | undefined;
  min: number | undefined;
  max: number | undefined;
  flags = 0;
  scale = 0;
  zeroThreshold = 0;
  positiveOffset = 0;
  negativeOffset = 0;

  #reset(): void {
    this.attributes.reset();
    for (const halves of [this.start, this.time, this.count, this.zeroCount, this.int]) {
      halves[0] = 0;
      halves[1] = 0;
    }
    this.bucketCounts.length = 0;
    this.positive.length = 0;
    this.negative.length = 0;
    this.bounds.length = 0;
    this.quantiles.length = 0;
    this.quantileValues.length = 0;
    this.exemplars.length = 0;
    this.valueKind = 'none';
    this.double = 0;
    this.sum = this.min = this.max = undefined;
    this.flags = this.scale = this.zeroThreshold = this.positiveOffset = this.negativeOffset = 0;
  }

  /** Reads the point of that kind that ends at `end`. */
  read(wire: Wire, end: number, kind: number): void {
    this.#reset();
    const readField = FIELDS[kind] ?? skipField;
    while (wire.at < end) {
      wire.tag(end);
      if (wire.type === FIXED64 && (wire.field === 2 || wire.field === 3))
        halves(wire, end, wire.field === 2 ? this.start : this.time);
      else readField(this, wire, end);
    }
    this.attributes.dropShadowed(wire.bytes);
  }
}

type ReadField = (point: Point, wire: Wire, end: number) => void;
const skipField: ReadField = (_point, wire, end) => wire.skip(end);

function readNumber(point: Point, wire: Wire, end: number): void {
  const { field, type } = wire;
  if (field === 4 && type === FIXED64) {
    point.double = wire.double(end);
    point.valueKind = 'double';
  } else if (field === 6 && type === FIXED64) {
    halves(wire, end, point.int);
    point.valueKind = 'int';
  } else if (field === 7 && type === BYTES) point.attributes.read(wire, wire.delimited(end));
  else if (field === 5 && type === BYTES) message(wire, end, point.exemplars);
  else if (field === 8 && type === VARINT) point.flags = wire.varint(end);
  else wire.skip(end);
}

function readHistogram(point: Point, wire: Wire, end: number): void {
  const { field, type } = wire;
  if ((field === 6 || field === 7) && (type === BYTES || type === FIXED64))
    readBucketsAndBounds(point, wire, end, field);
  else if (type === FIXED64) readHistogramNumber(point, wire, end);
  else if (field === 8 && type === BYTES) message(wire, end, point.exemplars);
  else if (field === 9 && type === BYTES) point.attributes.read(wire, wire.delimited(end));
  else if (field === 10 && type === VARINT) point.flags = wire.varint(end);
  else wire.skip(end);
}

function readBucketsAndBounds(point: Point, wire: Wire, end: number, field: number): void {
  packed(wire, end, (stop) => {
    if (field === 6) pushFixed64(wire, stop, point.bucketCounts);
    else point.bounds.push(wire.double(stop));
  });
}

function readHistogramNumber(point: Point, wire: Wire, end: number): void {
  const { field } = wire;
  if (field === 4) halves(wire, end, point.count);
  else if (field === 5) point.sum = wire.double(end);
  else if (field === 11) point.min = wire.double(end);
  else if (field === 12) point.max = wire.double(end);
  else wire.skip(end);
}

function readExponential(point: Point, wire: Wire, end: number): void {
  if (wire.type === BYTES) readExponentialParts(point, wire, end);
  else if (wire.type === FIXED64) readExponentialNumber(point, wire, end);
  else if (wire.field === 6 && wire.type === VARINT) point.scale = wire.sint32(end);
  else if (wire.field === 10 && wire.type === VARINT) point.flags = wire.varint(end);
  else wire.skip(end);
}

function readExponentialParts(point: Point, wire: Wire, end: number): void {
  const { field } = wire;
  const stop = wire.delimited(end);
  if (field === 1) point.attributes.read(wire, stop);
  else if (field === 8) point.positiveOffset = readBuckets(wire, stop, point.positive);
  else if (field === 9) point.negativeOffset = readBuckets(wire, stop, point.negative);
  else if (field === 11) point.exemplars.push(wire.at, stop);
  wire.at = stop;
}

function readExponentialNumber(point: Point, wire: Wire, end: number): void {
  const { field } = wire;
  if (field === 4) halves(wire, end, point.count);
  else if (field === 5) point.sum = wire.double(end);
  else if (field === 7) halves(wire, end, point.zeroCount);
  else if (field === 12) point.min = wire.double(end);
  else if (field === 13) point.max = wire.double(end);
  else if (field === 14) point.zeroThreshold = wire.double(end);
  else wire.skip(end);
}

/** Returns the offset of the first bucket. */
function readBuckets(wire: Wire, end: number, counts: Halves): number {
  let offset = 0;
  while (wire.at < end) {
    wire.tag(end);
    if (wire.field === 1 && wire.type === VARINT) offset = wire.sint32(end);
    else if (wire.field === 2 && (wire.type === BYTES || wire.type === VARINT))
      packed(wire, end, (stop) => {
        wire.varint64(stop);
        counts.push(wire.low, wire.high);
      });
    else wire.skip(end);
  }
  return offset;
}

function readSummary(point: Point, wire: Wire, end: number): void {
  const { field, type } = wire;
  if (field === 4 && type === FIXED64) halves(wire, end, point.count);
  else if (field === 5 && type === FIXED64) point.sum = wire.double(end);
  else if (field === 6 && type === BYTES) readQuantile(point, wire, wire.delimited(end));
  else if (field === 7 && type === BYTES) point.attributes.read(wire, wire.delimited(end));
  else if (field === 8 && type === VARINT) point.flags = wire.varint(end);
  else wire.skip(end);
}

function readQuantile(point: Point, wire: Wire, end: number): void {
  let quantile = 0;
  let value = 0;
  while (wire.at < end) {
    wire.tag(end);
    if (wire.field === 1 && wire.type === FIXED64) quantile = wire.double(end);
    else if (wire.field === 2 && wire.type === FIXED64) value = wire.double(end);
    else wire.skip(end);
  }
  point.quantiles.push(quantile);
  point.quantileValues.push(value);
}

const FIELDS: Readonly<Record<number, ReadField>> = {
  [GAUGE]: readNumber,
  [SUM]: readNumber,
  [HISTOGRAM]: readHistogram,
  [EXPONENTIAL_HISTOGRAM]: readExponential,
  [SUMMARY]: readSummary,
};

function halves(wire: Wire, end: number, into: Halves): void {
  wire.fixed64(end);
  into[0] = wire.low;
  into[1] = wire.high;
}

function pushFixed64(wire: Wire, end: number, into: Halves): void {
  wire.fixed64(end);
  into.push(wire.low, wire.high);
}

function message(wire: Wire, end: number, positions: number[]): void {
  const stop = wire.delimited(end);
  positions.push(wire.at, stop);
  wire.at = stop;
}

/** Repeated numbers come packed into one field, or one by one: a reader takes both. */
function packed(wire: Wire, end: number, one: (stop: number) => void): void {
  if (wire.type !== BYTES) {
    one(end);
    return;
  }
  const stop = wire.delimited(end);
  while (wire.at < stop) one(stop);
}
