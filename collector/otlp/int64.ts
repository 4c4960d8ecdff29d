const TWO_32 = 4_294_967_296;

/** A signed 64-bit integer, given as its two halves, as decimal text. */
export function int64Text(low: number, high: number): string {
  const value = int64Number(low, high);
  if (Number.isSafeInteger(value)) return String(value);
  return BigInt.asIntN(64, (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)).toString();
}

/** The same as a number: exact up to 2^53, the nearest beyond. */
export const int64Number = (low: number, high: number): number => (high | 0) * TWO_32 + (low >>> 0);

export const uint64Number = (low: number, high: number): number => (high >>> 0) * TWO_32 + (low >>> 0);

/** Nanoseconds since 1970 as milliseconds; the fraction is kept as far as a double carries it. */
export const nanosToMs = (low: number, high: number): number => uint64Number(low, high) / 1e6;

export function uint64Text(low: number, high: number): string {
  const value = uint64Number(low, high);
  if (Number.isSafeInteger(value)) return String(value);
  return ((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)).toString();
}
