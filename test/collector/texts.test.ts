import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ContractSpec } from '../../model/documents/contract.ts';
import { contractSpec } from '../../model/documents/contract.ts';
import type { DocumentOf } from '../../model/documents/document.ts';
import { documentName } from '../../model/ids.ts';
import { createDecisions } from '../../sdk/index.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import type { Stored } from '../../store/ports/documents.ts';
import { freshClickhouse } from '../support/stores.ts';
import { decisionOf, jsonOf, onClickhouse, postJson, type Running, startCollector } from './support.ts';

const CONTRACT: ContractSpec = contractSpec.parse({
  system: 'claims',
  features: {
    complaint: { type: 'text', mask: { kind: 'detect', find: ['email'] } },
    secret: { type: 'embedding', mask: { kind: 'drop' } },
    keyed: { type: 'embedding', mask: { kind: 'truncate', chars: 3 } },
    vector: { type: 'embedding' },
    signed_up: { type: 'timestamp' },
  },
});
const stored = {
  document: {
    apiVersion: 'leeway.dev/v1',
    kind: 'Contract',
    metadata: { name: documentName.parse('claims') },
    spec: CONTRACT,
  },
  version: 1,
} as unknown as Stored<DocumentOf<'Contract'>>;

let pool: ClickhousePool;
let running: Running;
beforeAll(async () => {
  pool = await freshClickhouse();
  running = await startCollector({
    ...onClickhouse(pool),
    contracts: { documents: { list: async () => [stored] as never }, secret: () => undefined },
  });
});

const kept = async (system: string): Promise<unknown[]> =>
  pool.api.query({
    sql: `SELECT decision_id, text, embedding, missing, arrayFilter(v -> not startsWith(v, 'kept'), violations) AS violations
      FROM decisions WHERE system = {system:String} ORDER BY decision_id`,
    params: { system },
  });

// Halves, quarters and eighths are the same number as 32-bit floats.
const VECTOR = [0.5, -1.25, 3, 0.125];

describe('free text and embeddings', () => {
  it('arrive by the SDK over OTLP, and as JSON', async () => {
    const exporter = new OTLPTraceExporter({ url: `${running.url}/v1/traces` });
    const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
    const { decision } = createDecisions({ tracer: provider.getTracer('service') });
    decision('desk', { id: 'by-sdk', texts: { complaint: 'Zug fiel aus – schon wieder', reply: null } })
      .embeddings({ vector: Float32Array.from(VECTOR) })
      .value('refund')
      .end();
    await provider.shutdown();
    const answer = await postJson(
      `${running.url}/v1/decisions`,
      decisionOf('by-json', {
        system: 'desk',
        texts: { complaint: '列車が遅れた' },
        embeddings: { vector: VECTOR },
      }),
    );
    expect(jsonOf(answer)).toMatchObject({ accepted: 1 });
    await running.drained();
    expect(await kept('desk')).toEqual([
      {
        decision_id: 'by-json',
        text: { complaint: '列車が遅れた' },
        embedding: { vector: VECTOR },
        missing: [],
        violations: [],
      },
      {
        decision_id: 'by-sdk',
        text: { complaint: 'Zug fiel aus – schon wieder' },
        embedding: { vector: VECTOR },
        missing: ['reply'],
        violations: [],
      },
    ]);
  });

  it('are masked by their contract like any text, an embedding whole or not at all', async () => {
    const answer = await postJson(`${running.url}/v1/decisions`, [
      decisionOf('masked', {
        system: 'claims',
        texts: { complaint: 'write to ann@example.org please' },
        embeddings: { secret: VECTOR, vector: VECTOR },
      }),
      decisionOf('refused', { system: 'claims', embeddings: { keyed: VECTOR } }),
      decisionOf('broken', {
        system: 'claims',
        features: { vector: 3, signed_up: 'yesterday-ish' },
      }),
    ]);
    expect(jsonOf(answer)).toMatchObject({ accepted: 2, rejected: [{ index: 1, reason: 'masking_failed' }] });
    await running.drained();
    expect(await kept('claims')).toEqual([
      {
        decision_id: 'broken',
        text: {},
        embedding: {},
        missing: [],
        violations: ['type:signed_up', 'type:vector'],
      },
      {
        decision_id: 'masked',
        text: { complaint: 'write to [email] please' },
        embedding: { vector: VECTOR },
        missing: [],
        violations: [],
      },
    ]);
  });

  it('are masked alike when they come over OTLP', async () => {
    const exporter = new OTLPTraceExporter({ url: `${running.url}/v1/traces` });
    const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
    const { decision } = createDecisions({ tracer: provider.getTracer('service') });
    decision('claims', { id: 'otlp-masked', texts: { complaint: 'ann@example.org' } })
      .embeddings({ secret: VECTOR, vector: VECTOR })
      .value('refund')
      .end();
    await provider.shutdown();
    await running.drained();
    expect((await kept('claims')).at(-1)).toEqual({
      decision_id: 'otlp-masked',
      text: { complaint: '[email]' },
      embedding: { vector: VECTOR },
      missing: [],
      violations: [],
    });
  });
});
