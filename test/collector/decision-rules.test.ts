import { describe, expect, it } from 'vitest';
import { requestFromJson } from '../../collector/otlp/from-json.ts';
import { createWalks } from '../../collector/otlp/walk.ts';
import { Batch } from '../../collector/rows/batch.ts';
import { decisionInput } from '../../model/decision.ts';
import { DEFAULT_PROJECT } from '../../model/ids.ts';

const long = (count: number): string => 'é'.repeat(count);
const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
const array = (...texts: string[]): object => ({
  arrayValue: { values: texts.map((text) => ({ stringValue: text })) },
});

/** The same decision as attributes of a span and as a record; both doors must say the same. */
const CASES: readonly { what: string; attributes: Record<string, object>; record: object }[] = [
  { what: 'nothing but a value', attributes: {}, record: {} },
  ...[256, 257].map((n) => ({
    what: `a value of ${n}`,
    attributes: { value: { stringValue: long(n) } },
    record: { value: long(n) },
  })),
  ...[128, 129].map((n) => ({
    what: `a system of ${n}`,
    attributes: { system: { stringValue: long(n) } },
    record: { system: long(n) },
  })),
  { what: 'a blank system', attributes: { system: { stringValue: '  ' } }, record: { system: '  ' } },
  ...['ai', 'human', 'both', 'robot', ''].map((actor) => ({
    what: `actor "${actor}"`,
    attributes: { actor: { stringValue: actor } },
    record: { actor },
  })),
  ...['auto', 'review', 'never'].map((route) => ({
    what: `route ${route}`,
    attributes: { route: { stringValue: route } },
    record: { route },
  })),
  ...[0, 1, 1.01, -0.01].map((confidence) => ({
    what: `confidence ${confidence}`,
    attributes: { confidence: { doubleValue: confidence } },
    record: { confidence },
  })),
  ...[0, -1, 3].map((weight) => ({
    what: `weight ${weight}`,
    attributes: { weight: { intValue: weight } },
    record: { weight },
  })),
  { what: 'a score that is text', attributes: { score: { stringValue: '1' } }, record: { score: '1' } },
  ...[128, 129].map((n) => ({
    what: `a feature name of ${n}`,
    attributes: { [`feature.${long(n)}`]: { doubleValue: 1 } },
    record: { features: { [long(n)]: 1 } },
  })),
  {
    what: 'a feature without a name',
    attributes: { 'feature.': { intValue: 1 } },
    record: { features: { '': 1 } },
  },
  ...[32_768, 32_769].map((n) => ({
    what: `a free text of ${n}`,
    attributes: { 'text.complaint': { stringValue: long(n) } },
    record: { texts: { complaint: long(n) } },
  })),
  ...[128, 129].map((n) => ({
    what: `a text's name of ${n}`,
    attributes: { [`text.${long(n)}`]: { stringValue: '' } },
    record: { texts: { [long(n)]: '' } },
  })),
  { what: 'a text that is a number', attributes: { 'text.a': { intValue: 1 } }, record: { texts: { a: 1 } } },
  ...[16, 17].map((n) => ({
    what: `${n} texts`,
    attributes: Object.fromEntries(range(n).map((i) => [`text.${i}`, { stringValue: 'x' }])),
    record: { texts: Object.fromEntries(range(n).map((i) => [i, 'x'])) },
  })),
  ...[0, 1, 4_096, 4_097].map((n) => ({
    what: `an embedding of ${n} numbers`,
    attributes: { 'embedding.e': { arrayValue: { values: range(n).map((i) => ({ doubleValue: i / 8 })) } } },
    record: { embeddings: { e: range(n).map((i) => i / 8) } },
  })),
  {
    what: 'an embedding of texts',
    attributes: { 'embedding.e': array('1') },
    record: { embeddings: { e: ['1'] } },
  },
  {
    what: 'an embedding that is a number',
    attributes: { 'embedding.e': { doubleValue: 1 } },
    record: { embeddings: { e: 1 } },
  },
  {
    what: 'an embedding beyond what a 32-bit float holds',
    attributes: { 'embedding.e': { arrayValue: { values: [{ doubleValue: 3.41e38 }] } } },
    record: { embeddings: { e: [3.41e38] } },
  },
  ...[8, 9].map((n) => ({
    what: `${n} embeddings`,
    attributes: Object.fromEntries(
      range(n).map((i) => [`embedding.${i}`, { arrayValue: { values: [{ intValue: 1 }] } }]),
    ),
    record: { embeddings: Object.fromEntries(range(n).map((i) => [i, [1]])) },
  })),
  {
    what: 'a feature that is a list',
    attributes: { 'feature.a': array('x') },
    record: { features: { a: ['x'] } },
  },
  ...[256, 257].map((n) => ({
    what: `a segment of ${n}`,
    attributes: { 'segment.region': { stringValue: long(n) } },
    record: { segments: { region: long(n) } },
  })),
  ...[64, 65].map((n) => ({
    what: `${n} upstream decisions`,
    attributes: { upstream: array(...Array.from({ length: n }, (_, at) => `u${at}`)) },
    record: { upstream: Array.from({ length: n }, (_, at) => `u${at}`) },
  })),
  { what: 'an upstream without an id', attributes: { upstream: array('') }, record: { upstream: [''] } },
  ...[256, 257].map((n) => ({
    what: `a model version of ${n}`,
    attributes: { 'model.version': { stringValue: long(n) } },
    record: { model: { version: long(n) } },
  })),
];

function throughSpan(attributes: Record<string, object>): 'taken' | 'refused' {
  const all = { value: { stringValue: 'go' }, system: { stringValue: 'flights' }, ...attributes };
  const batch = new Batch();
  batch.begin(DEFAULT_PROJECT, 0);
  createWalks().spans.read(
    requestFromJson('spans', {
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: [
                {
                  traceId: '5b8efff798038103d269b633813fc60c',
                  spanId: 'eee19b7ec3c1b174',
                  attributes: Object.entries(all).map(([key, value]) => ({
                    key: `leeway.decision.${key}`,
                    value,
                  })),
                },
              ],
            },
          ],
        },
      ],
    }),
    batch,
  );
  expect(batch.spans.writer.rows).toBe(1);
  expect(batch.decisions.writer.rows + batch.decisions.rejectedCount).toBe(1);
  return batch.decisions.writer.rows === 1 ? 'taken' : 'refused';
}

describe('a decision on a span', () => {
  it.each(CASES)('obeys the schema of the decision API: $what', ({ attributes, record }) => {
    const parsed = decisionInput.safeParse({ id: 'x', system: 'flights', time: 0, value: 'go', ...record });
    expect(throughSpan(attributes)).toBe(parsed.success ? 'taken' : 'refused');
  });

  it('takes NaN and an empty value of a feature as asked for and missing, never as a number', () => {
    const batch = new Batch();
    batch.begin(DEFAULT_PROJECT, 0);
    const attribute = (key: string, value: object): object => ({ key: `leeway.decision.${key}`, value });
    createWalks().spans.read(
      requestFromJson('spans', {
        resourceSpans: [
          {
            scopeSpans: [
              {
                spans: [
                  {
                    traceId: '5b8efff798038103d269b633813fc60c',
                    spanId: 'eee19b7ec3c1b174',
                    attributes: [
                      attribute('value', { stringValue: 'go' }),
                      attribute('feature.gone', { doubleValue: 'NaN' }),
                      attribute('feature.never', {}),
                    ],
                  },
                ],
              },
            ],
          },
        ],
      }),
      batch,
    );
    const { bytes, length } = batch.decisions.writer;
    // RowBinary: an empty map `num`, an empty map `cat`, then an array of two texts.
    expect(bytes.subarray(0, length).toString('latin1')).toContain('\x00\x00\x02\x04gone\x05never');
  });
});
