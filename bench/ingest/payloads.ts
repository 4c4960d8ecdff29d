import { gzipSync } from 'node:zlib';
import { ProtoWriter } from '../../collector/otlp/proto-writer.ts';

/** A small generator with a seed: the same run sends the same bytes. Mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const AIRPORTS = ['ORD', 'ATL', 'DFW', 'LAX', 'JFK', 'SFO', 'DEN', 'PHX'] as const;
const pick = (random: () => number): string => AIRPORTS[Math.floor(random() * AIRPORTS.length)] ?? 'ORD';
const SPAN_MS = 20;

export type Payload = {
  readonly contentType: string;
  readonly gzip: boolean;
  readonly body: Buffer;
  readonly records: number;
};

function randomBytes(random: () => number, count: number): Buffer {
  const bytes = Buffer.alloc(count);
  for (let at = 0; at < count; at++) bytes[at] = Math.floor(random() * 255) + 1;
  return bytes;
}

/** One export request of `count` spans; `attributes` writes those of each span. */
function traceRequest(
  random: () => number,
  count: number,
  startMs: number,
  name: string,
  attributes: (out: ProtoWriter) => void,
): Buffer {
  const out = new ProtoWriter();
  const text = (key: string, value: string): void =>
    out.message(1, () => {
      out.string(1, key);
      out.message(2, () => out.string(1, value));
    });
  out.message(1, () => {
    out.message(1, () => {
      text('service.name', 'flights');
      text('service.version', '2.1.0');
      text('host.name', 'gate-7');
      text('telemetry.sdk.language', 'nodejs');
    });
    out.message(2, () => {
      out.message(1, () => out.string(1, 'hold'));
      for (let at = 0; at < count; at++)
        out.message(2, () => {
          out.bytes(1, randomBytes(random, 16));
          out.bytes(2, randomBytes(random, 8));
          out.string(5, name);
          out.uint32(6, 2);
          const start = BigInt(startMs + at) * 1_000_000n;
          out.fixed64(7, start);
          out.fixed64(8, start + BigInt(Math.floor(random() * SPAN_MS * 1e6)));
          attributes(out);
        });
    });
  });
  return out.take();
}

const attribute = (out: ProtoWriter, key: string, write: () => void): void =>
  out.message(9, () => {
    out.string(1, key);
    out.message(2, write);
  });

/** Decisions as spans: value, model, version, score and six features. */
export function decisionSpans(random: () => number, count: number, startMs: number): Payload {
  const body = traceRequest(random, count, startMs, 'decide', (out) => {
    const text = (key: string, value: string): void => attribute(out, key, () => out.string(1, value));
    const num = (key: string, value: number): void => attribute(out, key, () => out.double(4, value));
    text('leeway.decision.value', random() < 0.3 ? 'hold' : 'go');
    text('leeway.decision.model.name', 'lateness');
    text('leeway.decision.model.version', random() < 0.5 ? '1' : '2');
    num('leeway.decision.score', random());
    num('leeway.decision.feature.distance', Math.floor(random() * 2_000));
    num('leeway.decision.feature.hour', Math.floor(random() * 24));
    num('leeway.decision.feature.lateness', random() * 60);
    num('leeway.decision.feature.load', random());
    text('leeway.decision.feature.origin', pick(random));
    text('leeway.decision.feature.destination', pick(random));
  });
  return { contentType: 'application/x-protobuf', gzip: true, body: gzipSync(body), records: count };
}

/** Plain server spans with eleven attributes of four types. */
export function plainSpans(random: () => number, count: number, startMs: number): Payload {
  const body = traceRequest(random, count, startMs, 'GET /connections', (out) => {
    const text = (key: string, value: string): void => attribute(out, key, () => out.string(1, value));
    text('http.request.method', 'GET');
    text('http.route', '/connections/:id');
    text('url.path', `/connections/${Math.floor(random() * 1e6)}`);
    text('server.address', 'gate-7.example');
    text('client.address', `10.0.${Math.floor(random() * 255)}.${Math.floor(random() * 255)}`);
    text('network.protocol.version', '1.1');
    attribute(out, 'http.response.status_code', () => out.int64(3, random() < 0.98 ? 200n : 503n));
    attribute(out, 'server.port', () => out.int64(3, 443n));
    attribute(out, 'app.score', () => out.double(4, random()));
    attribute(out, 'app.load', () => out.double(4, random()));
    attribute(out, 'app.cached', () => out.uint32(2, random() < 0.5 ? 1 : 0));
  });
  return { contentType: 'application/x-protobuf', gzip: true, body: gzipSync(body), records: count };
}

const jsonAttribute = (key: string, value: Readonly<Record<string, unknown>>) => ({ key, value });

/** The same spans as OTLP JSON. */
export function jsonSpans(random: () => number, count: number, startMs: number): Payload {
  const text = (key: string, value: string) => jsonAttribute(key, { stringValue: value });
  const spans = Array.from({ length: count }, (_, at) => {
    const startNs = BigInt(startMs + at) * 1_000_000n;
    return {
      traceId: randomBytes(random, 16).toString('hex'),
      spanId: randomBytes(random, 8).toString('hex'),
      name: 'GET /connections',
      kind: 2,
      startTimeUnixNano: String(startNs),
      endTimeUnixNano: String(startNs + BigInt(Math.floor(random() * SPAN_MS * 1e6))),
      attributes: [
        text('http.request.method', 'GET'),
        text('http.route', '/connections/:id'),
        text('url.path', `/connections/${Math.floor(random() * 1e6)}`),
        text('server.address', 'gate-7.example'),
        text('client.address', `10.0.${Math.floor(random() * 255)}.${Math.floor(random() * 255)}`),
        text('network.protocol.version', '1.1'),
        jsonAttribute('http.response.status_code', { intValue: random() < 0.98 ? '200' : '503' }),
        jsonAttribute('server.port', { intValue: '443' }),
        jsonAttribute('app.score', { doubleValue: random() }),
        jsonAttribute('app.load', { doubleValue: random() }),
        jsonAttribute('app.cached', { boolValue: random() < 0.5 }),
      ],
    };
  });
  const attributes = [
    text('service.name', 'flights'),
    text('service.version', '2.1.0'),
    text('host.name', 'gate-7'),
    text('telemetry.sdk.language', 'nodejs'),
  ];
  const scopeSpans = [{ scope: { name: 'hold' }, spans }];
  const body = Buffer.from(JSON.stringify({ resourceSpans: [{ resource: { attributes }, scopeSpans }] }));
  return { contentType: 'application/json', gzip: true, body: gzipSync(body), records: count };
}

/** The same decisions for `POST /v1/decisions`. */
export function jsonDecisions(random: () => number, count: number, startMs: number): Payload {
  const records = Array.from({ length: count }, (_, at) => ({
    id: randomBytes(random, 12).toString('hex'),
    system: 'flights',
    time: startMs + at,
    value: random() < 0.3 ? 'hold' : 'go',
    model: { name: 'lateness', version: random() < 0.5 ? '1' : '2' },
    score: random(),
    latencyMs: random() * SPAN_MS,
    features: {
      distance: Math.floor(random() * 2_000),
      hour: Math.floor(random() * 24),
      lateness: random() * 60,
      load: random(),
      origin: pick(random),
      destination: pick(random),
    },
  }));
  const body = Buffer.from(JSON.stringify(records));
  return { contentType: 'application/json', gzip: true, body: gzipSync(body), records: count };
}
