import { describe, expect, it } from 'vitest';
import { projectId } from '../../model/ids.ts';
import { facetsSql, foldRare, histogramSql, pageSql } from '../../store/clickhouse/reads/decisions.ts';
import { versionsSql, volumeSql } from '../../store/clickhouse/reads/volume.ts';
import { type DecisionFilter, FACETS } from '../../store/ports/reads.ts';

const project = projectId.parse('p1');
const HOSTILE = [
  "' OR 1=1 --",
  "x'; DROP TABLE decisions; --",
  '{project:String}',
  "\\' UNION SELECT * FROM file('/etc/passwd') --",
  '`; SELECT url(1)',
  '\u0000\u001f\n',
];
const filter = (text: string): DecisionFilter => ({
  project,
  fromMs: 0,
  toMs: 1,
  systems: [text],
  values: [text],
  versions: [text],
  outcomes: [text],
  correct: ['false'],
  text,
  rules: [{ system: text, correct: { [text]: [text] }, deferred: [text] }],
});

describe('the text of a question', () => {
  const questions = (text: string) =>
    [
      pageSql(filter(text), 10, { timeNs: '1', id: text }),
      pageSql({ ...filter(text), outcomes: [], correct: [] }, 10, { timeNs: '1', id: text }),
      histogramSql(filter(text), 60_000),
      facetsSql(filter(text), FACETS, 10),
      volumeSql({ project, fromMs: 0, toMs: 1, system: text }, 60_000, 'version'),
      versionsSql({ project, fromMs: 0, toMs: 1, system: text }, filter(text).rules),
    ].map((question) => question.sql);

  it.each(HOSTILE)('never changes with what is asked for: %j', (text) => {
    expect(questions(text)).toEqual(questions('harmless'));
    expect(questions(text).join('').includes(text) && text !== '{project:String}').toBe(false);
  });
});

describe('rare values', () => {
  it('are together, and none is lost', () => {
    const points = Array.from({ length: 40 }, (_, i) => ({
      tMs: i % 2,
      key: `v${i % 20}`,
      n: 20 - (i % 20),
    }));
    const folded = foldRare(points);
    expect(new Set(folded.map((point) => point.key))).toEqual(
      new Set([...Array.from({ length: 12 }, (_, i) => `v${i}`), 'other']),
    );
    const sum = (list: readonly { readonly n: number }[]) => list.reduce((total, one) => total + one.n, 0);
    expect(sum(folded)).toBe(sum(points));
  });
});
