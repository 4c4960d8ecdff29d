import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import {
  createDecisions,
  createTestSink,
  type DecisionsOptions,
  deciding,
  decision,
} from '../../sdk/index.ts';

function recording(options: Omit<DecisionsOptions, 'tracer'> = {}) {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const decisions = createDecisions({ ...options, tracer: provider.getTracer('test') });
  return { ...decisions, attributes: () => exporter.getFinishedSpans().map((span) => span.attributes) };
}
/** As plain JavaScript calls it, past every type. */
const unchecked = (value: unknown) => value as never;

describe('a decision', () => {
  it('is a span with the attributes of the convention', () => {
    const { decision, attributes } = recording();
    const d = decision('credit-risk', {
      id: 'application-4711',
      model: { name: 'scorecard', version: 'v12' },
    });
    d.features({ amount: 1200, region: 'north', returning: true, income: null }).segments({ channel: 'web' });
    d.score(0.83, 0.9).policy('credit', '7').by('both', 'review').upstream('fraud-1').value('approve').end();
    expect(attributes()).toEqual([
      {
        'leeway.decision.value': 'approve',
        'leeway.decision.id': 'application-4711',
        'leeway.decision.system': 'credit-risk',
        'leeway.decision.actor': 'both',
        'leeway.decision.route': 'review',
        'leeway.decision.model.name': 'scorecard',
        'leeway.decision.model.version': 'v12',
        'leeway.decision.policy.name': 'credit',
        'leeway.decision.policy.version': '7',
        'leeway.decision.score': 0.83,
        'leeway.decision.confidence': 0.9,
        'leeway.decision.upstream': ['fraud-1'],
        'leeway.decision.segment.channel': 'web',
        'leeway.decision.feature.amount': 1200,
        'leeway.decision.feature.region': 'north',
        'leeway.decision.feature.returning': true,
        'leeway.decision.features.missing': ['income'],
      },
    ]);
  });

  it('ends with its block, once', () => {
    const { decision, attributes, counters } = recording();
    {
      using d = decision('credit-risk');
      d.value('approve');
      d.end();
    }
    expect(attributes()).toHaveLength(1);
    expect(counters().decisions).toBe(1);
  });

  it('without an id of its own is named as the collector names it', () => {
    const { decision } = recording();
    const d = decision('credit-risk');
    const { traceId, spanId } = d.span.spanContext();
    expect(d.id).toBe(`${traceId}-${spanId}`);
  });

  it('has spans made inside `deciding` as children, and passes results and errors on', async () => {
    const exporter = new InMemorySpanExporter();
    const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
    const own = createDecisions({ tracer: provider.getTracer('test') });
    expect(own.deciding('s', {}, (d) => d.value('a').id)).toMatch(/^[0-9a-f]{32}-[0-9a-f]{16}$/);
    await expect(own.deciding('s', {}, async (d) => d.value('b') && 7)).resolves.toBe(7);
    await expect(own.deciding('s', {}, () => Promise.reject(new Error('no score')))).rejects.toThrow(
      'no score',
    );
    expect(() =>
      own.deciding('s', {}, () => {
        throw new Error('at once');
      }),
    ).toThrow('at once');
    const spans = exporter.getFinishedSpans();
    expect(spans.map((span) => span.status.message)).toEqual([undefined, undefined, 'no score', 'at once']);
    expect(own.counters()).toMatchObject({ decisions: 2, without_value: 2 });
  });
});

describe('nothing is thrown into the caller', () => {
  it('whatever plain JavaScript hands over', () => {
    const { decision, counters, attributes } = recording();
    const d = decision(
      's',
      unchecked({ actor: 'robot', route: 7, weight: -1, features: { a: {}, b: Number.NaN } }),
    );
    d.features(unchecked(null)).score(unchecked('high')).score(0.5, 1.5).upstream(unchecked({}));
    d.value('x').end();
    d.score(1);
    expect(counters()).toEqual({
      decisions: 1,
      sampledOut: 0,
      without_value: 0,
      after_end: 1,
      // actor, route, weight, features a and b, score, confidence, upstream
      unusable_value: 8,
      too_many: 0,
      text_cut: 0,
      redaction_failed: 0,
      attributes_dropped: 0,
      // Object.keys(null)
      internal: 1,
    });
    expect(attributes()[0]).toEqual({
      'leeway.decision.value': 'x',
      'leeway.decision.id': d.id,
      'leeway.decision.system': 's',
      'leeway.decision.actor': 'ai',
      'leeway.decision.route': 'auto',
      'leeway.decision.score': 0.5,
      // NaN: asked for and missing
      'leeway.decision.features.missing': ['b'],
    });
  });

  it('when the tracer, the hook and the sink all throw', () => {
    const fail = (): never => {
      throw new Error('broken');
    };
    const broken = createDecisions({
      tracer: { startSpan: fail, startActiveSpan: fail },
      onProblem: fail,
      redact: fail,
    });
    expect(() => broken.decision('s').value('x').end()).not.toThrow();
    expect(broken.counters()).toMatchObject({ decisions: 1, internal: 1, redaction_failed: 1 });
  });

  it('when nothing is set up at all', () => {
    expect(trace.getTracerProvider()).toBeDefined();
    expect(() => decision('s').value('x').end()).not.toThrow();
    expect(deciding('s', {}, () => 3)).toBe(3);
  });
});

describe('bounds', () => {
  it('keep the first 512 features and say that more came', () => {
    using sink = createTestSink();
    const { decision, counters } = recording();
    decision('s', { features: Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`f${i}`, i])) })
      .value('x')
      .end();
    expect(Object.keys(sink.records[0]?.features ?? {})).toHaveLength(512);
    expect(counters().too_many).toBe(600 - 512);
  });

  it('are said when OpenTelemetry has its own: features go, the value stays', () => {
    const { decision, counters, attributes } = recording();
    decision('s', { features: Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}`, i])) })
      .value('x')
      .end();
    // The stock SDK keeps 128 attributes of a span.
    expect(Object.keys(attributes()[0] ?? {})).toHaveLength(128);
    expect(attributes()[0]).toHaveProperty(['leeway.decision.value'], 'x');
    expect(counters().attributes_dropped).toBe(1);
  });

  it('cut long texts', () => {
    const { decision, counters, attributes } = recording();
    decision('s', { features: { note: 'n'.repeat(5_000) } })
      .value('v'.repeat(300))
      .end();
    expect(attributes()[0]?.['leeway.decision.value']).toBe('v'.repeat(256));
    expect(attributes()[0]?.['leeway.decision.feature.note']).toBe('n'.repeat(1_024));
    expect(counters().text_cut).toBe(2);
  });
});

describe('redaction', () => {
  it('sees the record before anybody else', () => {
    using sink = createTestSink();
    const { decision, attributes } = recording({
      redact: (record) => ({ ...record, features: { ...record.features, email: '(removed)' } }),
    });
    decision('s', { features: { email: 'ada@example.org', age: 36 } })
      .value('x')
      .end();
    expect(JSON.stringify([attributes(), sink.records])).not.toContain('ada@example.org');
    expect(attributes()[0]).toMatchObject({ 'leeway.decision.feature.age': 36 });
  });

  it('fails closed: the decision goes without what could not be redacted', () => {
    const { decision, attributes, counters } = recording({
      redact: () => {
        throw new Error('no key');
      },
    });
    decision('s', { features: { email: 'ada@example.org' }, segments: { region: 'north' } })
      .value('x')
      .end();
    expect(JSON.stringify(attributes())).not.toMatch(/ada|north/);
    expect(attributes()[0]).toHaveProperty(['leeway.decision.value'], 'x');
    expect(counters().redaction_failed).toBe(1);
  });
});

describe('the test double', () => {
  it('sees the decisions of this process without an SDK, until it is removed', () => {
    {
      using sink = createTestSink();
      decision('credit-risk', { features: { amount: 5 } })
        .score(0.4)
        .value('decline')
        .end();
      expect(sink.records).toMatchObject([{ system: 'credit-risk', value: 'decline', score: 0.4 }]);
      sink.clear();
      expect(sink.records).toEqual([]);
      decision('credit-risk').end();
      expect(sink.records).toMatchObject([{ value: undefined }]);
    }
    using later = createTestSink();
    expect(later.records).toEqual([]);
  });
});
