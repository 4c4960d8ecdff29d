import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { bytes, message, text, toProtobuf } from '../../collector/encode.ts';
import { deepValue } from './payloads.ts';

/** A body that broke a receiver somewhere, and what Leeway answers. */
export type Nasty = {
  readonly what: string;
  readonly path: string;
  readonly type: 'application/json' | 'application/x-ndjson' | 'application/x-protobuf';
  readonly encoding?: 'gzip' | 'deflate' | 'zstd';
  readonly body: Buffer;
  readonly status: number;
  /** A piece of the answer. */
  readonly says: string;
};

const TRACE = '5b8efff798038103d269b633813fc60c';
const SPAN = 'eee19b7ec3c1b174';
const NS = '1772359200000000000';

const decisions = (what: string, body: string | Buffer, status: number, says: string): Nasty => ({
  ...{ what, path: '/v1/decisions', type: 'application/json', body: Buffer.from(body), status, says },
});
const lines = (what: string, body: string | Buffer, says: string): Nasty => ({
  ...{
    what,
    path: '/v1/decisions',
    type: 'application/x-ndjson',
    body: Buffer.from(body),
    status: 200,
    says,
  },
});
const spans = (what: string, body: Buffer, status: number, says: string): Nasty => ({
  ...{ what, path: '/v1/traces', type: 'application/x-protobuf', body, status, says },
});
const jsonSpans = (what: string, attributes: string, status: number, says: string): Nasty => ({
  ...{ what, path: '/v1/traces', type: 'application/json', status, says },
  body: Buffer.from(
    `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${TRACE}","spanId":"${SPAN}","startTimeUnixNano":"${NS}","attributes":${attributes}}]}]}]}`,
  ),
});

const decision = (more: string): string =>
  `{"id":"d","system":"s","time":"2026-03-01T10:00:00Z","value":"go"${more}}`;
const badByte = (text: string): Buffer => {
  const body = Buffer.from(text);
  body[body.indexOf('~')] = 0xff;
  return body;
};
/** A request of one span; `more` stands among its fields. */
const span = (...more: readonly Buffer[]): Buffer =>
  message(
    1,
    message(
      2,
      message(
        2,
        bytes(1, Buffer.from(TRACE, 'hex')),
        bytes(2, Buffer.from(SPAN, 'hex')),
        text(5, 'n'),
        ...more,
      ),
    ),
  );
const hex = (digits: string): Buffer => Buffer.from(digits, 'hex');
const GOOD = toProtobuf({ resource: [], scope: { name: '', version: '' }, spans: [] });
const SPACES = Buffer.from(`${' '.repeat(5_000)}[]`);

const JSON_TEXTS: readonly Nasty[] = [
  decisions('nothing', '', 400, 'not JSON'),
  decisions('a BOM', `\ufeff[${decision('')}]`, 400, 'not JSON'),
  decisions('UTF-16', Buffer.from(decision(''), 'utf16le'), 400, 'not JSON'),
  decisions('10,000 open brackets', '['.repeat(10_000), 400, 'not JSON'),
  decisions('10,000 brackets', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 200, 'invalid_decision'),
  decisions(
    '100,000 objects, one in the other',
    `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
    200,
    'invalid_decision',
  ),
  decisions(
    'a feature nested 10,000 deep',
    decision(`,"features":{"f":${'['.repeat(10_000)}${']'.repeat(10_000)}}`),
    200,
    'invalid_decision',
  ),
  decisions('a prototype', decision(',"__proto__":{"polluted":true}'), 200, 'malformed_record'),
  decisions(
    'a prototype among the features',
    decision(',"features":{"__proto__":{"polluted":true}}'),
    200,
    'malformed_record',
  ),
  decisions('a number beyond all', decision(',"score":1e999'), 200, 'invalid_decision'),
  decisions('NaN', decision(',"score":NaN'), 400, 'not JSON'),
  decisions('a byte that is no UTF-8, in an id', badByte(decision('').replace('"d"', '"d~"')), 400, 'UTF-8'),
  decisions(
    'half a surrogate pair, in an id',
    decision('').replace('"d"', '"d\\ud800"'),
    200,
    'invalid_utf8',
  ),
  decisions('half a surrogate pair, in a name', decision(',"features":{"\\udc00":1}'), 200, 'invalid_utf8'),
  decisions('a whole surrogate pair', decision(',"features":{"\\ud83d\\ude00":1}'), 200, '"accepted":1'),
  decisions(
    'an escaped backslash before the letters',
    decision(',"features":{"\\\\ud800":1}'),
    200,
    '"accepted":1',
  ),
  lines(
    'a byte that is no UTF-8, in one line of two',
    badByte(`${decision('')}\n${decision('').replace('"d"', '"d~"')}`),
    '"accepted":1,"rejected":[{"index":1,"reason":"malformed_record"',
  ),
  lines(
    'half a surrogate pair, in one line of two',
    `${decision('').replace('"d"', '"d\\ud800"')}\n${decision('')}`,
    '"accepted":1,"rejected":[{"index":0,"reason":"invalid_utf8"',
  ),
  lines('line ends of another system', `${decision('')}\r\n${decision('')}\r\n`, '"accepted":2'),
  jsonSpans(
    'an attribute nested 10,000 deep',
    `[{"key":"a","value":${'{"arrayValue":{"values":['.repeat(10_000)}{"intValue":1}${']}}'.repeat(10_000)}}]`,
    200,
    'too_deep',
  ),
  jsonSpans('half a surrogate pair', '[{"key":"a","value":{"stringValue":"x\\ud800"}}]', 200, 'invalid_utf8'),
  jsonSpans(
    'an integer beyond 64 bits',
    '[{"key":"a","value":{"intValue":"9223372036854775808"}}]',
    400,
    'intValue',
  ),
  jsonSpans('a prototype for a key', '[{"key":"__proto__","value":{"stringValue":"x"}}]', 200, '{}'),
  jsonSpans('attributes that are no array', '{"length":5}', 400, 'must be an array'),
  {
    ...{ what: 'a byte that is no UTF-8, in OTLP', path: '/v1/logs', type: 'application/json', status: 400 },
    ...{
      body: badByte(
        `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"${NS}","body":{"stringValue":"~"}}]}]}]}`,
      ),
      says: 'UTF-8',
    },
  },
];

const PROTOBUF: readonly Nasty[] = [
  spans('a varint of eleven bytes', hex('0affffffffffffffffffff01'), 400, ''),
  spans('a length of 2^32 − 1', hex('0affffffff0f00'), 400, 'longer than its message'),
  spans('a length of 2^63', hex('0a8080808080808080800100'), 400, ''),
  spans('a start of a group', span(hex('63')), 400, ''),
  spans('an end of a group that never began', span(hex('64')), 400, ''),
  spans('a field of the number 0', span(hex('0001')), 400, ''),
  spans('a wire type that there is not', span(hex('6e01')), 400, ''),
  spans(
    'an attribute nested 10,000 deep',
    span(message(9, text(1, 'a'), bytes(2, deepValue(10_000)))),
    200,
    'too_deep',
  ),
  spans(
    'text that is no UTF-8',
    span(message(9, text(1, 'a'), message(2, bytes(1, hex('c080'))))),
    200,
    'invalid_utf8',
  ),
  spans('an id sent twice, the later one wrong', span(bytes(1, hex('00'))), 200, 'invalid_trace_id'),
  spans('another message behind it', Buffer.concat([GOOD, hex('0a')]), 400, ''),
];

const COMPRESSED: readonly Nasty[] = [
  { ...spans('gzip of nothing', gzipSync(''), 200, ''), encoding: 'gzip' },
  {
    ...spans('a head of gzip alone', gzipSync(GOOD).subarray(0, 10), 400, 'does not inflate'),
    encoding: 'gzip',
  },
  {
    ...decisions('two members of gzip', Buffer.concat([gzipSync('['), gzipSync(']')]), 200, '"accepted":0'),
    encoding: 'gzip',
  },
  {
    ...decisions(
      'two frames of zstd',
      Buffer.concat([zstdCompressSync(Buffer.from('[')), zstdCompressSync(Buffer.from(']'))]),
      200,
      '"accepted":0',
    ),
    encoding: 'zstd',
  },
  {
    ...decisions('a checksum that is wrong', flipLast(gzipSync(SPACES), 8), 400, 'does not inflate'),
    encoding: 'gzip',
  },
  {
    ...decisions(
      'a checksum that is wrong, of zlib',
      flipLast(deflateSync(SPACES), 1),
      400,
      'does not inflate',
    ),
    encoding: 'deflate',
  },
  { ...decisions('gzip inside of gzip', gzipSync(gzipSync('[]')), 400, ''), encoding: 'gzip' },
];

function flipLast(whole: Buffer, fromEnd: number): Buffer {
  const at = whole.length - fromEnd;
  whole[at] = (whole[at] ?? 0) ^ 1;
  return whole;
}

const LINE = `${decision('')}\n`;
const behind = (encoding: 'gzip' | 'deflate' | 'zstd', whole: Buffer): Nasty => ({
  ...decisions(
    `bytes behind the end of ${encoding}`,
    Buffer.concat([whole, Buffer.from('more')]),
    400,
    'does not inflate',
  ),
  encoding,
});
const BEHIND: readonly Nasty[] = [
  behind('gzip', gzipSync('[]')),
  behind('deflate', deflateSync('[]')),
  behind('zstd', zstdCompressSync(Buffer.from('[]'))),
  {
    // A reader that stops behind the first frame answers 200 and keeps one record of three.
    ...lines(
      'lines in three frames of zstd',
      Buffer.concat([LINE, LINE, LINE].map((one) => zstdCompressSync(Buffer.from(one)))),
      '"accepted":3',
    ),
    encoding: 'zstd',
  },
];

export const CORPUS: readonly Nasty[] = [...JSON_TEXTS, ...PROTOBUF, ...COMPRESSED, ...BEHIND];
