import { gzipSync } from 'node:zlib';
import { type KeyValue, type TestSpan, toProtobuf } from '../../collector/encode.ts';
import type { Obligation } from './oracle.ts';
import {
  type ChaosRecord,
  type DecisionFacts,
  decisionRecord,
  type OutcomeFacts,
  outcomeRecord,
  type SpanFacts,
  spanRecord,
} from './records.ts';
import { between, pick, type Random } from './seed.ts';

/** A request as it goes over the wire, and what it obliges the product to show. */
export type ChaosRequest = Obligation & {
  readonly path: '/v1/decisions' | '/v1/outcomes' | '/v1/rulings' | '/v1/traces';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

export type RequestOptions = {
  readonly random: Random;
  /** Told apart from all other senders. */
  readonly sender: string;
  readonly project: string;
  /** Event time of the first record; each next one is a little later. */
  readonly startMs: number;
  readonly mostRecords: number;
};

const SYSTEM = 'chaos';
const NS_PER_MS = 1_000_000n;
/** One in so many JSON requests carries a record with a mistake. */
const MISTAKES_ONE_IN = 8;
/** One in so many decisions is handed to a person, where the whole product runs. */
const REVIEWED_ONE_IN = 20;
/** Texts that a careless writer breaks: quotes, separators, line ends, astral and combining characters, emptiness. */
const TEXTS = [
  'ORD',
  'a "quoted" \\ text',
  'line\nend\ttab',
  'Zürich – 東京',
  '👩‍✈️ e\u0301',
  'NaN',
  '',
] as const;
const VALUES = ['go', 'hold', 'ask'] as const;
const NUMBERS = [0, -1, 1e-300, 1.7976931348623157e308, 0.1, 9_007_199_254_740_991] as const;

/** Makes request after request: decisions, outcomes and rulings as JSON or NDJSON, decisions and plain spans as OTLP. */
export class Requests {
  readonly #options: RequestOptions;
  #made = 0;
  #records = 0;
  readonly #decided: DecisionFacts[] = [];

  constructor(options: RequestOptions) {
    this.#options = options;
  }

  next(): ChaosRequest {
    const { random } = this.#options;
    this.#made += 1;
    const dice = random();
    if (dice < 0.15) return this.#outcomes('label');
    if (dice < 0.25) return this.#outcomes('ruling');
    if (dice < 0.5) return this.#spans();
    return this.#decisions();
  }

  #decisions(): ChaosRequest {
    const { random } = this.#options;
    const facts = Array.from({ length: this.#count() }, () => this.#decision());
    const items: object[] = facts.map(
      ({ project: _, id, system, timeMs, value, version, score, num, cat }) => ({
        ...{ id, system, time: timeMs, value, model: { name: 'lateness', version } },
        ...(score === null ? {} : { score }),
        ...(timeMs % REVIEWED_ONE_IN === 0 ? { route: 'review' } : {}),
        features: { ...num, ...cat },
      }),
    );
    const rejected = this.#mistake(items, { id: `${facts[0]?.id} without a value`, system: SYSTEM });
    return this.#json('/v1/decisions', items, facts.map(decisionRecord), rejected, random() < 0.3);
  }

  #outcomes(kind: OutcomeFacts['kind']): ChaosRequest {
    const { random, project, sender } = this.#options;
    const facts = Array.from({ length: Math.min(this.#count(), 40) }, (): OutcomeFacts => {
      const at = this.#records++;
      // Half of them before the decision itself, which comes with the same id later or never.
      const known = this.#decided[Math.floor(random() * this.#decided.length * 2)];
      return {
        project,
        system: SYSTEM,
        decisionId: known?.id ?? `${sender}-${at + 50}`,
        timeMs: this.#options.startMs + at,
        kind,
        value: pick(random, VALUES),
        by: `${sender}-${at}`,
        note: pick(random, TEXTS),
      };
    });
    const items: object[] = facts.map(({ decisionId, system, timeMs, value, by, note }) => ({
      ...{ decisionId, system, time: timeMs, value, by, note },
      ...(kind === 'ruling' && random() < 0.5 ? { kind } : {}),
    }));
    const rejected = this.#mistake(items, { decisionId: '', system: SYSTEM });
    const path = kind === 'ruling' ? '/v1/rulings' : '/v1/outcomes';
    return this.#json(path, items, facts.map(outcomeRecord), rejected, random() < 0.3);
  }

  /** A third of them are decisions too: the one span makes two records. */
  #spans(): ChaosRequest {
    const records: ChaosRecord[] = [];
    const spans = Array.from({ length: this.#count() }, () => this.#span(records));
    const resource = [text('service.name', SYSTEM)];
    const body = toProtobuf({ resource, scope: { name: 'chaos', version: '1' }, spans });
    return this.#request('/v1/traces', 'application/x-protobuf', body, records, 0);
  }

  #span(records: ChaosRecord[]): TestSpan {
    const { random, project } = this.#options;
    const isDecision = random() < 1 / 3;
    const decision = this.#decision();
    const startNs = BigInt(decision.timeMs) * NS_PER_MS;
    const durationNs = BigInt(between(random, 0, 2 ** 40));
    const attributes = isDecision ? decisionAttributes(decision) : plainAttributes(random);
    const facts: SpanFacts = {
      project,
      traceId: this.#hex(32),
      spanId: this.#hex(16),
      service: SYSTEM,
      name: pick(random, TEXTS),
      startNs: String(startNs),
      durationNs: String(durationNs),
      ...factsOf(attributes),
    };
    records.push(spanRecord(facts));
    if (isDecision) records.push(decisionRecord(decision));
    return {
      ...{ traceId: facts.traceId, spanId: facts.spanId, parentSpanId: '', name: facts.name, kind: 2 },
      ...{ start: startNs, end: startNs + durationNs, attributes, events: [], links: [] },
      status: { code: 0, message: '' },
    };
  }

  #decision(): DecisionFacts {
    const { random, sender, project, startMs } = this.#options;
    const at = this.#records++;
    const facts: DecisionFacts = {
      project,
      system: SYSTEM,
      id: `${sender}-${at}`,
      timeMs: startMs + at,
      value: pick(random, VALUES),
      version: pick(random, ['1', '2']),
      score: random() < 0.2 ? null : random(),
      num: { n: at, extreme: pick(random, NUMBERS), distance: Math.floor(random() * 2_000) },
      cat: { origin: pick(random, TEXTS), late: random() < 0.5 ? 'yes' : 'no' },
    };
    if (this.#decided.length < 500) this.#decided.push(facts);
    return facts;
  }

  #count(): number {
    const { random, mostRecords } = this.#options;
    return between(random, 1, random() < 0.5 ? Math.ceil(mostRecords / 10) : mostRecords);
  }

  #mistake(items: object[], wrong: object): number {
    if (this.#options.random() >= 1 / MISTAKES_ONE_IN) return 0;
    items.splice(between(this.#options.random, 0, items.length), 0, wrong);
    return 1;
  }

  #json(
    path: ChaosRequest['path'],
    items: readonly object[],
    records: readonly ChaosRecord[],
    rejected: number,
    lines: boolean,
  ): ChaosRequest {
    const body = lines ? items.map((item) => JSON.stringify(item)).join('\n') : JSON.stringify(items);
    const contentType = lines ? 'application/x-ndjson' : 'application/json';
    return this.#request(path, contentType, Buffer.from(body), records, rejected);
  }

  #request(
    path: ChaosRequest['path'],
    contentType: string,
    plain: Buffer,
    records: readonly ChaosRecord[],
    rejected: number,
  ): ChaosRequest {
    const gzip = this.#options.random() < 0.5;
    const body = gzip ? gzipSync(plain, { level: 1 }) : plain;
    return {
      id: `${this.#options.sender}/${this.#made}`,
      path,
      headers: {
        'content-type': contentType,
        'content-length': String(body.length),
        ...(gzip ? { 'content-encoding': 'gzip' } : {}),
      },
      body,
      records,
      rejected,
    };
  }

  #hex(digits: number): string {
    let hex = '1';
    while (hex.length < digits) hex += Math.floor(this.#options.random() * 16).toString(16);
    return hex;
  }
}

const text = (key: string, value: string): KeyValue => ({ key, value: { kind: 'string', value } });
const double = (key: string, value: number): KeyValue => ({ key, value: { kind: 'double', value } });

const plainAttributes = (random: Random): KeyValue[] => [
  text('http.route', '/connections/:id'),
  text('note', pick(random, TEXTS)),
  double('load', random()),
  { key: 'bytes', value: { kind: 'int', value: BigInt(between(random, 0, 2 ** 30)) * 2n ** 32n } },
];

function decisionAttributes({ id, system, value, version, score, num, cat }: DecisionFacts): KeyValue[] {
  const named = (name: string): string => `leeway.decision.${name}`;
  return [
    ...[text(named('id'), id), text(named('system'), system), text(named('value'), value)],
    text(named('model.version'), version),
    ...(score === null ? [] : [double(named('score'), score)]),
    ...Object.entries(num).map(([name, one]) => double(named(`feature.${name}`), one)),
    ...Object.entries(cat).map(([name, one]) => text(named(`feature.${name}`), one)),
  ];
}

function factsOf(attributes: readonly KeyValue[]): Pick<SpanFacts, 'text' | 'num' | 'int'> {
  const facts: { text: Record<string, string>; num: Record<string, number>; int: Record<string, string> } = {
    ...{ text: {}, num: {}, int: {} },
  };
  for (const { key, value } of attributes)
    if (value.kind === 'string') facts.text[key] = value.value;
    else if (value.kind === 'double') facts.num[key] = value.value;
    else if (value.kind === 'int') facts.int[key] = String(value.value);
  return facts;
}
