import { beforeAll, describe, expect, it } from 'vitest';
import { evaluateQuality } from '../../analyzers/quality/evaluate.ts';
import { withContracts } from '../../model/contract-features.ts';
import { type ContractSpec, contractSpec } from '../../model/documents/contract.ts';
import { monitorSpec } from '../../model/documents/monitor.ts';
import { systemSpec } from '../../model/documents/system.ts';
import { emptySummary } from '../../model/feature-summary.ts';
import { projectId } from '../../model/ids.ts';
import { createProfileStore } from '../../store/clickhouse/profiles.ts';
import { createSloMinuteStore } from '../../store/clickhouse/slo-minutes.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { freshClickhouse } from '../support/stores.ts';
import { contractsOf, decisionOf, onClickhouse, postJson, startCollector } from './support.ts';

const PROJECT = projectId.parse('default');
const HOUR = Date.UTC(2026, 2, 1, 10);
const MINUTES = [{ fromMs: HOUR, toMs: HOUR + 60_000 }];

const promise = (system: string, more: object = {}): ContractSpec =>
  contractSpec.parse({
    system,
    features: {
      distance: { type: 'numeric', range: [0, 100], required: true },
      carrier: { type: 'categorical', allowed: ['AA', 'UA'] },
      late: { type: 'boolean' },
    },
    unknownFeatures: 'violation',
    ...more,
  });
/** What is sent, and which promises it breaks: read off the contract above. */
const CASES: readonly (readonly [features: Record<string, unknown>, violations: readonly string[]])[] = [
  [{ distance: 5, carrier: 'AA', late: true }, []],
  [{ distance: 100 }, []],
  [{ distance: 100.5 }, ['range:distance']],
  [{ distance: 'far' }, ['type:distance']],
  [{ carrier: 'UA' }, ['required:distance']],
  [{ distance: null, carrier: null }, []],
  [{ distance: 1, carrier: 'XX' }, ['allowed:carrier']],
  [{ distance: 1, carrier: 7 }, ['type:carrier']],
  [{ distance: 1, late: 'maybe' }, ['type:late']],
  [{ distance: 1, weather: 'rain' }, ['unknown:weather']],
  [{ distance: -1, late: 3, weather: 1 }, ['range:distance', 'type:late', 'unknown:weather']],
];

const anyValue = (value: unknown): object =>
  typeof value === 'number'
    ? { doubleValue: value }
    : typeof value === 'boolean'
      ? { boolValue: value }
      : typeof value === 'string'
        ? { stringValue: value }
        : {};
const spanOf = (system: string, index: number, features: Record<string, unknown>): object => ({
  traceId: '5b8efff798038103d269b633813fc60c',
  spanId: (index + 1).toString(16).padStart(16, '0'),
  startTimeUnixNano: `${HOUR}000000`,
  attributes: [
    { key: 'leeway.decision.value', value: { stringValue: 'go' } },
    { key: 'leeway.decision.system', value: { stringValue: system } },
    { key: 'leeway.decision.id', value: { stringValue: `span-${index}` } },
    ...Object.entries(features).map(([name, value]) => ({
      key: `leeway.decision.feature.${name}`,
      value: anyValue(value),
    })),
  ],
});

let pool: ClickhousePool;
beforeAll(async () => {
  pool = await freshClickhouse();
});

type Row = { id: string; contract: string; violations: string[]; quarantined: boolean };
const rowsOf = (system: string): Promise<Row[]> =>
  pool.api.query<Row>({
    sql: `SELECT decision_id AS id, contract, violations, quarantined FROM decisions
      WHERE system = {system:String} ORDER BY decision_id`,
    params: { system },
  });

describe('a contract', () => {
  it('marks every decision that breaks it, the same by both doors, and drops none', async () => {
    const { url, drained } = await startCollector({
      ...onClickhouse(pool),
      contracts: contractsOf(promise('json'), promise('spans')),
    });
    const records = CASES.map(([features], at) => decisionOf(`json-${at}`, { system: 'json', features }));
    await postJson(`${url}/v1/decisions`, [...records, decisionOf('free', { system: 'free' })]);
    const spans = CASES.map(([features], at) => spanOf('spans', at, features));
    const answer = await postJson(`${url}/v1/traces`, { resourceSpans: [{ scopeSpans: [{ spans }] }] });
    expect(answer.status).toBe(200);
    await drained();
    for (const [system, prefix] of [
      ['json', 'json-'],
      ['spans', 'span-'],
    ] as const) {
      const rows = new Map((await rowsOf(system)).map((row) => [row.id, row]));
      CASES.forEach(([features, violations], at) => {
        expect(rows.get(`${prefix}${at}`), `${system} ${JSON.stringify(features)}`).toEqual({
          id: `${prefix}${at}`,
          contract: `${system}@3`,
          violations,
          quarantined: false,
        });
      });
    }
    expect(await rowsOf('free')).toEqual([{ id: 'free', contract: '', violations: [], quarantined: false }]);
  });

  it('keeps broken decisions out of profiles and SLOs where it asks for quarantine, and still counts them', async () => {
    const { url, drained } = await startCollector({
      ...onClickhouse(pool),
      contracts: contractsOf(promise('held', { onViolation: 'quarantine' })),
    });
    const of = (id: string, distance: number): object =>
      decisionOf(id, { system: 'held', latencyMs: 1, features: { distance } });
    await postJson(`${url}/v1/decisions`, [of('a', 1), of('b', 2), of('c', 1_000)]);
    await drained();
    const profiles = createProfileStore(pool.analyzers);
    const spec = systemSpec.parse({});
    await profiles.profile(PROJECT, 'held', MINUTES, spec, HOUR);
    const merged = await profiles.merged({
      project: PROJECT,
      system: 'held',
      fromMs: HOUR,
      toMs: HOUR + 60_000,
    });
    const distance = merged.find(({ feature }) => feature === 'distance');
    expect([distance?.sum, distance?.max]).toEqual([3, 2]);
    const told = merged.find(({ feature }) => feature === '@contract');
    expect(new Map(told?.categories)).toEqual(
      new Map([
        ['ok', 2],
        ['range:distance', 1],
      ]),
    );
    const slos = createSloMinuteStore(pool.analyzers);
    const definition = { slo: 'fast', sli: { kind: 'latency', thresholdMs: 10 }, system: spec } as const;
    await slos.count(PROJECT, 'held', definition, MINUTES, HOUR);
    const [minute] = await slos.series(PROJECT, 'fast', HOUR, HOUR + 60_000);
    expect(minute).toMatchObject({ good: 2, total: 2 });
  });
});

describe('the verdict on a contract', () => {
  const monitor = monitorSpec.parse({ kind: 'quality', system: 's', window: '1h', minimumN: 10 });
  const verdictOf = (categories: readonly (readonly [string, number])[]) => {
    if (monitor.kind !== 'quality') throw new TypeError('not a quality monitor');
    return evaluateQuality({
      spec: monitor,
      window: { startMs: 0, endMs: 3_600_000 },
      current: { ...emptySummary('@contract'), categories: new Map(categories) },
      feature: undefined,
      reference: undefined,
    });
  };

  it('is a breach beyond the limit, with the share and the promises that were broken', () => {
    expect(
      verdictOf([
        ['ok', 96],
        ['range:distance', 3],
        ['type:late', 1],
      ]),
    ).toMatchObject([
      { verdict: 'breach', subject: '@contract', statistic: 'contract_violation_share', value: 0.04, n: 100 },
    ]);
  });
  it('is well at the limit, and does not know below the sample it asks for', () => {
    expect(
      verdictOf([
        ['ok', 99],
        ['range:distance', 1],
      ])[0]?.verdict,
    ).toBe('ok');
    expect(
      verdictOf([
        ['ok', 3],
        ['range:distance', 1],
      ])[0]?.verdict,
    ).toBe('not_enough_data');
  });
});

describe('what a contract says of features', () => {
  it('goes before the system’s own word, but for values that are kept in another form', () => {
    const system = systemSpec.parse({
      features: { distance: { unit: 'mi', importance: 0.4, range: [0, 10] }, age: { range: [0, 120] } },
    });
    const contract = contractSpec.parse({
      system: 's',
      features: {
        distance: { unit: 'km', missing: 0.2 },
        age: { range: [0, 99], mask: { kind: 'generalise', bands: [18] } },
        name: { mask: { kind: 'drop' } },
      },
    });
    const { features } = withContracts(system, [contract]);
    expect(features['distance']).toEqual({ unit: 'km', importance: 0.4, range: [0, 10], missing: 0.2 });
    expect(features['age']).toMatchObject({ type: 'categorical', range: undefined });
    expect(features).not.toHaveProperty('name');
  });
});
