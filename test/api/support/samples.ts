/** Texts that some parameter takes and some other does not. */
export const QUERY_TEXTS = [
  'now',
  'now-24h',
  'now-24y',
  '1763900000000',
  '2026-11-22T10:00:00Z',
  '2026-11-22 10:00',
  '-1',
  '0',
  '1',
  '7.5',
  '99999999',
  'ai',
  'review',
  'true',
  'unknown',
  'drift',
  'open',
  'page',
  'System',
  '',
  'x'.repeat(300),
  'x'.repeat(2_000),
  "' OR 1=1 --",
  '00000000-0000-4000-8000-000000000000',
];

type Schema = Readonly<Record<string, unknown>>;
const WRONG: readonly unknown[] = [
  null,
  0,
  -3,
  1.5,
  true,
  '',
  'x',
  'x'.repeat(1_000_001),
  [],
  {},
  { a: 1 },
  'now',
];

/** Bodies around a schema: right ones, and each right one with a single thing changed. */
export function* bodies(schema: Schema): Generator<unknown> {
  for (const right of rightOnes(schema)) {
    yield right;
    yield* changed(right);
  }
  yield* [null, [], 'text', 3, {}];
}

function* changed(right: unknown): Generator<unknown> {
  if (typeof right !== 'object' || right === null || Array.isArray(right)) return;
  yield { ...right, surprise: 1 };
  for (const [key, value] of Object.entries(right)) {
    yield Object.fromEntries(Object.entries(right).filter(([other]) => other !== key));
    for (const wrong of WRONG) yield { ...right, [key]: wrong };
    for (const inner of changed(value)) yield { ...right, [key]: inner };
  }
}

/** One body per alternative, with every property filled in. */
function rightOnes(schema: Schema): unknown[] {
  const alternatives = (schema.oneOf ?? schema.anyOf) as readonly Schema[] | undefined;
  if (alternatives !== undefined) return alternatives.flatMap(rightOnes);
  const [first] = Array.isArray(schema.enum) ? schema.enum : [schema.const];
  if (first !== undefined) return [first];
  // Nullable: its other type is the sample.
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return rightObjects((schema.properties ?? {}) as Readonly<Record<string, Schema>>);
    case 'string':
      return [schema.format === 'date-time' ? '2026-11-22T10:00:00Z' : 'some text'];
    case 'integer':
    case 'number':
      return [7];
    case 'boolean':
      return [true];
    case 'array':
      return Number(schema.minItems ?? 0) > 0 ? rightOnes(schema.items as Schema).map((one) => [one]) : [[]];
    default:
      throw new Error(`no sample for ${JSON.stringify(schema)}`);
  }
}

function rightObjects(properties: Readonly<Record<string, Schema>>): unknown[] {
  let made: Record<string, unknown>[] = [{}];
  for (const [key, schema] of Object.entries(properties)) {
    made = made.flatMap((one) => rightOnes(schema).map((value) => ({ ...one, [key]: value })));
  }
  return made;
}
