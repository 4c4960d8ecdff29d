import { constants, createZstdCompress, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { jsonOf, post, type RawAnswer, type Running, startCollector } from './support.ts';

const LIMIT_BYTES = 100_000;
let running: Running;
beforeAll(async () => {
  running = await startCollector({ limits: { bodyBytes: LIMIT_BYTES } });
});

const SPACES = ' '.repeat(1_000);
const LOGS = Buffer.from(
  `${SPACES}{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1772359200000000000"}]}]}]}`,
);
const COMPRESS = { gzip: gzipSync, deflate: deflateSync, zstd: zstdCompressSync } as const;
type Encoding = keyof typeof COMPRESS;
const ENCODINGS: readonly Encoding[] = ['gzip', 'deflate', 'zstd'];

const send = (body: Buffer, encoding: string): Promise<RawAnswer> =>
  post(`${running.url}/v1/logs`, body, {
    'content-type': 'application/json',
    'content-encoding': encoding,
  });
const messageOf = (answer: RawAnswer): unknown => (jsonOf(answer) as { message: unknown }).message;

describe.each(ENCODINGS)('a body with %s', (encoding) => {
  const compress = (bytes: Buffer): Buffer => COMPRESS[encoding](bytes);

  it('is taken, and counted by what came over the wire', async () => {
    const body = compress(LOGS);
    const before = running.events.length;
    const answer = await send(body, encoding);
    expect([answer.status, jsonOf(answer)]).toEqual([200, {}]);
    const accepted = running.events.slice(before).find((event) => event.kind === 'accepted');
    expect(accepted).toMatchObject({ wireBytes: body.length, rows: { logs: 1 } });
  });

  it('is stopped at the limit when it inflates to more', async () => {
    const bomb = compress(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(LIMIT_BYTES);
    const answer = await send(bomb, encoding);
    expect([answer.status, messageOf(answer)]).toEqual([413, expect.stringContaining('inflated')]);
  });

  it('is refused when it is cut short, or something else', async () => {
    const whole = compress(LOGS);
    for (const body of [whole.subarray(0, whole.length - 6), LOGS]) {
      const answer = await send(body, encoding);
      expect([answer.status, messageOf(answer)]).toEqual([400, expect.stringContaining('does not inflate')]);
    }
  });
});

it('zstd with a window beyond the 8 MiB that HTTP allows is refused before it takes the memory', async () => {
  const options = { params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 } };
  // A frame that names its size in its header shrinks its window to it: so it is streamed.
  const stream = createZstdCompress(options);
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.write(LOGS);
  await new Promise<void>((resolve) => stream.flush(() => resolve()));
  await new Promise<void>((resolve) => {
    stream.once('end', resolve);
    stream.end();
  });
  const answer = await send(Buffer.concat(chunks), 'zstd');
  expect([answer.status, messageOf(answer)]).toEqual([400, expect.stringContaining('does not inflate')]);
});
