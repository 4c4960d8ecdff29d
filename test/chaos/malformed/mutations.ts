import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { between, pick, type Random } from '../frame/seed.ts';
import type { Payload } from './payloads.ts';

/** A request on its way to being wrong. */
type Draft = {
  path: string;
  headers: Record<string, string>;
  /** Before compression. */
  plain: Buffer;
  encoding: Encoding;
  /** After compression. */
  readonly onWire: ((wire: Buffer) => Buffer)[];
  /** A length that is none. */
  declaredBytes: ((wire: Buffer) => number) | undefined;
};
export type Malformed = {
  readonly door: Payload['door'];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** What Content-Length says (HTTP), or the prefix of the message (gRPC), if it lies. */
  readonly declaredBytes: number | undefined;
  /** What was done to it, for the report. */
  readonly names: readonly string[];
};

const ENCODE = {
  identity: (plain: Buffer) => plain,
  gzip: (plain: Buffer) => gzipSync(plain, { level: 1 }),
  deflate: (plain: Buffer) => deflateSync(plain, { level: 1 }),
  zstd: (plain: Buffer) => zstdCompressSync(plain),
} as const;
type Encoding = keyof typeof ENCODE;
const ENCODINGS: readonly [Encoding, ...Encoding[]] = ['identity', 'gzip', 'deflate', 'zstd'];

type Mutation = (draft: Draft, random: Random, others: readonly Payload[]) => void;

const at = (random: Random, bytes: Buffer): number => between(random, 0, Math.max(0, bytes.length - 1));
const spliced = (bytes: Buffer, from: number, to: number, middle: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, from), middle, bytes.subarray(to)]);
const noise = (random: Random, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => between(random, 0, 255)));

function flipBits(bytes: Buffer, random: Random): Buffer {
  const flipped = Buffer.from(bytes);
  if (flipped.length === 0) return flipped;
  for (let count = between(random, 1, 8); count > 0; count -= 1) {
    const where = at(random, flipped);
    flipped[where] = (flipped[where] ?? 0) ^ (1 << between(random, 0, 7));
  }
  return flipped;
}

/** Varints and lengths that no writer of protobuf makes, and texts that few writers of JSON do. */
const WORDS: readonly [Buffer, ...Buffer[]] = [
  Buffer.from('ffffffffffffffffff01', 'hex'),
  Buffer.from('ffffffffffffffffffffff', 'hex'),
  Buffer.from('ffffffff0f', 'hex'),
  Buffer.from('8080808000', 'hex'),
  Buffer.from('0b', 'hex'),
  Buffer.from('00', 'hex'),
  Buffer.from('c0afeda080', 'hex'),
  ...[
    ...['null', 'true', '-0', '1e999', '-1e-999', '9007199254740993', '18446744073709551616', '1.7e308'],
    ...['"\\ud800"', '"\\u0000"', '""', '[]', '{}', '[[[[]]]]', '{"":{"":{}}}', 'NaN', 'Infinity', "'a'"],
    ...['"__proto__":{"polluted":1}', '"constructor":{"prototype":{}}', '/* c */', '\ufeff', '0x10', '01'],
  ].map((text) => Buffer.from(text)),
];
/** A value somewhere in a JSON text. */
const JSON_VALUE = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:e-?\d+)?|true|false|null/g;

const MUTATIONS = {
  truncated: (draft, random) => {
    draft.plain = draft.plain.subarray(0, at(random, draft.plain));
  },
  'bits flipped': (draft, random) => {
    draft.plain = flipBits(draft.plain, random);
  },
  'bytes removed': (draft, random) => {
    const from = at(random, draft.plain);
    draft.plain = spliced(draft.plain, from, from + between(random, 1, 16), Buffer.alloc(0));
  },
  'noise put in': (draft, random) => {
    const where = at(random, draft.plain);
    draft.plain = spliced(draft.plain, where, where, noise(random, between(random, 1, 16)));
  },
  'a word put in': (draft, random) => {
    const where = at(random, draft.plain);
    const word = pick(random, WORDS);
    draft.plain = spliced(draft.plain, where, random() < 0.5 ? where : where + word.length, word);
  },
  'a JSON value replaced': (draft, random) => {
    const found = [...draft.plain.toString('latin1').matchAll(JSON_VALUE)];
    const one = found[Math.floor(random() * found.length)];
    if (one) draft.plain = spliced(draft.plain, one.index, one.index + one[0].length, pick(random, WORDS));
  },
  'a piece repeated': (draft, random) => {
    const from = at(random, draft.plain);
    const piece = draft.plain.subarray(from, from + between(random, 1, 200));
    const times = between(random, 1, 50);
    draft.plain = spliced(draft.plain, from, from, Buffer.concat(Array.from({ length: times }, () => piece)));
  },
  'mixed with another': (draft, random, others) => {
    const other = others[Math.floor(random() * others.length)]?.plain ?? Buffer.alloc(0);
    const from = at(random, draft.plain);
    draft.plain = Buffer.concat([draft.plain.subarray(0, from), other.subarray(at(random, other))]);
  },
  'sent to another path': (draft, random, others) => {
    draft.path = others[Math.floor(random() * others.length)]?.path ?? draft.path;
  },
  'said to be another type': (draft, random) => {
    draft.headers['content-type'] = pick(random, TYPES);
  },
  'said to be encoded otherwise': (draft, random) => {
    draft.headers['content-encoding'] = pick(random, SAID_ENCODINGS);
  },
  'nested deeply': (draft, random) => {
    const levels = pick(random, [33, 1_000, 10_000, 100_000]);
    const [open, close] = pick<readonly [string, string]>(random, [
      ['[', ']'],
      ['{"a":', '}'],
      ['{"arrayValue":{"values":[', ']}}'],
    ]);
    const where = at(random, draft.plain);
    const middle = `${open.repeat(levels)}1${random() < 0.5 ? close.repeat(levels) : ''}`;
    draft.plain = spliced(draft.plain, where, where, Buffer.from(middle));
  },
  'noise alone': (draft, random) => {
    draft.plain = noise(random, between(random, 0, 300));
  },
  'truncated on the wire': (draft, random) => {
    draft.onWire.push((wire) => wire.subarray(0, at(random, wire)));
  },
  'bits flipped on the wire': (draft, random) => {
    draft.onWire.push((wire) => flipBits(wire, random));
  },
  'noise behind the end': (draft, random) => {
    draft.onWire.push((wire) => Buffer.concat([wire, noise(random, between(random, 1, 40))]));
  },
  'sent twice in one': (draft) => {
    draft.onWire.push((wire) => Buffer.concat([wire, wire]));
  },
  'compressed twice': (draft) => {
    draft.onWire.push((wire) => gzipSync(wire));
  },
  'deflate without its header': (draft) => {
    draft.headers['content-encoding'] = 'deflate';
    draft.encoding = 'identity';
    draft.onWire.push((wire) => deflateRawSync(wire));
  },
  'a bomb': (draft, random) => {
    draft.plain = Buffer.alloc(between(random, 2, 8) * 1024 * 1024, random() < 0.5 ? 0x20 : 0);
    draft.encoding = pick(random, ['gzip', 'deflate', 'zstd']);
  },
  'a length that lies': (draft, random) => {
    const by = between(random, -50, 50);
    draft.declaredBytes = (wire) => Math.max(0, wire.length + (by === 0 ? 1 : by));
  },
} satisfies Readonly<Record<string, Mutation>>;
export type MutationName = keyof typeof MUTATIONS;
export const MUTATION_NAMES = Object.keys(MUTATIONS) as [MutationName, ...MutationName[]];

const TYPES = [
  ...(['application/x-protobuf', 'application/json', 'application/x-ndjson', 'application/jsonl'] as const),
  ...([
    'text/plain',
    'application/grpc',
    'application/json; charset=utf-16',
    'APPLICATION/JSON',
    '',
  ] as const),
] as [string, ...string[]];
const SAID_ENCODINGS = [
  ...([
    'gzip',
    'x-gzip',
    'deflate',
    'zstd',
    'br',
    'identity',
    'gzip, gzip',
    '',
    '__proto__',
    'GZIP',
  ] as const),
] as [string, ...string[]];
/** Costly ones, and those that hold a connection until its time limit, come seldom. */
const SELDOM: readonly MutationName[] = ['a bomb', 'a length that lies', 'nested deeply'];
const SELDOM_SHARE = 0.15;

/** One of the payloads with one to three mistakes. The same random numbers make the same request. */
export function malformed(random: Random, payloads: readonly [Payload, ...Payload[]]): Malformed {
  const payload = pick(random, payloads);
  const draft: Draft = {
    path: payload.path,
    headers: { 'content-type': payload.contentType },
    plain: payload.plain,
    encoding: pick(random, ENCODINGS),
    onWire: [],
    declaredBytes: undefined,
  };
  // Mostly one: what is wrong in three ways is refused for the outermost of them.
  const times = random() < 0.6 ? 1 : between(random, 2, 3);
  const names = Array.from({ length: times }, () => pickMutation(random));
  if (draft.encoding !== 'identity') draft.headers['content-encoding'] = draft.encoding;
  for (const name of names) MUTATIONS[name](draft, random, payloads);
  if (payload.door === 'grpc') draft.encoding = draft.encoding === 'identity' ? 'identity' : 'gzip';
  const body = draft.onWire.reduce((wire, change) => change(wire), ENCODE[draft.encoding](draft.plain));
  return {
    ...{ door: payload.door, path: draft.path, headers: draft.headers, body, names },
    declaredBytes: draft.declaredBytes?.(body),
  };
}

function pickMutation(random: Random): MutationName {
  for (;;) {
    const name = pick(random, MUTATION_NAMES);
    if (!SELDOM.includes(name) || random() < SELDOM_SHARE) return name;
  }
}
