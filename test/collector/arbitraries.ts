import fc from 'fast-check';
import type { AnyValue, KeyValue } from './encode.ts';

export const hexOf = (bytes: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((array) => Buffer.from(array).toString('hex'))
    .filter((hex) => /[1-9a-f]/.test(hex));
export const wellFormed = fc.string({ unit: 'grapheme', maxLength: 60 });
export const anyValues: fc.Arbitrary<AnyValue> = fc.letrec<{ value: AnyValue; pair: KeyValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.record({ kind: fc.constant('string' as const), value: wellFormed }),
    fc.record({ kind: fc.constant('bool' as const), value: fc.boolean() }),
    fc.record({
      kind: fc.constant('int' as const),
      value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    }),
    fc.record({ kind: fc.constant('double' as const), value: fc.double() }),
    fc.record({ kind: fc.constant('bytes' as const), value: fc.uint8Array({ maxLength: 20 }) }),
    fc.record({ kind: fc.constant('array' as const), value: fc.array(tie('value'), { maxLength: 3 }) }),
    fc.record({ kind: fc.constant('list' as const), value: fc.array(tie('pair'), { maxLength: 3 }) }),
  ),
  pair: fc.record({ key: wellFormed, value: tie('value') }),
})).value;
/** Up to 2200-01-01. */
export const nanos = fc.bigInt({ min: 0n, max: 7_258_118_400_000_000_000n });
