import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  CONVENTIONS,
  DECISION_LISTS,
  DECISION_NUMBERS,
  DECISION_PREFIX,
  DECISION_TEXTS,
  EMBEDDING_PREFIX,
  EVALUATION_EVENT,
  FEATURE_PREFIX,
  FLAG_EVENT,
  RESERVED,
  SEGMENT_PREFIX,
  TEXT_PREFIX,
} from '../../collector/otlp/semconv.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { freshClickhouse } from '../support/stores.ts';
import { jsonOf, onClickhouse, post, type Running, startCollector } from './support.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/reference/decision-attributes.md'), 'utf8');

/** First cells of the first table; `.x` behind a full name stands for its sibling. */
function documented(): string[] {
  const names = page
    .slice(0, page.indexOf('## '))
    .split('\n')
    .filter((line) => line.startsWith(`| \`${DECISION_PREFIX}`))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
  return names.map((name) => (name.startsWith('.') ? DECISION_PREFIX + name.slice(1) : name));
}

let pool: ClickhousePool;
let running: Running;
beforeAll(async () => {
  pool = await freshClickhouse();
  running = await startCollector(onClickhouse(pool));
});

describe('the page of the convention', () => {
  it('names every attribute of the mapping, and no other', () => {
    const mapped = [
      ...DECISION_TEXTS,
      ...DECISION_NUMBERS,
      ...DECISION_LISTS,
      `${FEATURE_PREFIX}<name>`,
      `${TEXT_PREFIX}<name>`,
      `${EMBEDDING_PREFIX}<name>`,
      `${SEGMENT_PREFIX}<key>`,
    ].map((name) => DECISION_PREFIX + name);
    expect(documented().sort()).toEqual(mapped.sort());
  });

  it.each([
    ...RESERVED,
    ...CONVENTIONS.flatMap(({ marker, values }) => [marker, ...Object.keys(values)]),
    EVALUATION_EVENT.name,
    EVALUATION_EVENT.responseId,
    FLAG_EVENT.names[0],
    FLAG_EVENT.values[0],
  ])('speaks of %s', (name) => {
    expect(page).toContain(`\`${name}\``);
  });

  it('has examples that say the same by both doors, and are kept whole', async () => {
    const [span, record, ...more] = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(
      ([, text = '']) => text,
    );
    expect(more).toEqual([]);
    const headers = { 'content-type': 'application/json' };
    const answers = [
      await post(`${running.url}/v1/traces`, span ?? '', headers),
      await post(`${running.url}/v1/decisions`, record ?? '', headers),
    ];
    expect(answers.map(jsonOf)).toEqual([{}, { accepted: 1, rejected: [] }]);
    await running.drained();
    const rows = await pool.api.query<{ id: string; source: string }>({
      sql: `SELECT decision_id AS id, toString(source) AS source, value, toString(actor) AS actor, model, model_version, policy,
          policy_version, score, confidence, weight, toString(route) AS route, toFloat64(latency_ns) / 1e6 AS latencyMs, num, cat,
          missing, text, embedding, segments, upstream, lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, toString(time) AS time
        FROM decisions WHERE system = 'loans' ORDER BY id`,
    });
    const both = {
      ...{ value: 'refer', actor: 'both', model: 'risk', model_version: 'v7', policy: 'lending' },
      ...{ policy_version: '2026-11', score: 0.61, confidence: 0.8, weight: 12_000, route: 'review' },
      ...{ latencyMs: 42, num: { income: 52_000 }, cat: { employed: 'true' }, missing: ['age'] },
      ...{ text: { purpose: 'a new roof' }, embedding: { purpose: [0.25, -1] } },
      ...{ segments: { region: 'eu' }, upstream: ['quote-17'] },
      ...{ trace: '5b8efff798038103d269b633813fc60c', span: 'eee19b7ec3c1b174' },
      time: '2026-03-01 10:00:00.000000000',
    };
    expect(rows).toEqual([
      { id: 'loan-1', source: 'otlp', ...both },
      { id: 'loan-2', source: 'json', ...both },
    ]);
  });
});
