import { SCRIPTS, type TextSign } from '../../model/derived-features.ts';
import { seededRandom } from '../../model/seeded-random.ts';
import type { ClickhouseDb, Sql } from '../../store/ports/clickhouse.ts';
import { textsOf } from '../multivariate/text.ts';
import { numberLabel } from './bins.ts';
import { asText } from './cells-sql.ts';
import type { Pair } from './counts-sql.ts';
import type { MoreCheck } from './gathered.ts';
import { literal, type Side } from './load-sql.ts';
import { momentsOf } from './look.ts';
import type { LoadedColumn } from './source.ts';

/** A sign of a text as an expression of the engine over `v`, the same that profiles use. */
export type TextSigns = Readonly<Record<TextSign, string>>;
/** The length is counted over all rows; the others over a sample, since a text takes microseconds. */
type Sign = Exclude<TextSign, 'chars' | 'script'>;
const SIGNS: Readonly<Record<Sign, string>> = {
  tokens: 'words of a text',
  token_length: 'characters of a word',
  letters: 'share of letters',
  digits: 'share of digits',
  punctuation: 'share of punctuation',
  upper: 'share of capitals among the letters',
  non_ascii: 'share of characters beyond ASCII',
};
const NAMES = Object.keys(SIGNS) as Sign[];

/** Different texts of each side that are looked at, by a hash of the text: the same ones on every run. */
const MOST_TEXTS = 10_000;
/** Of these the first are read word by word. */
const MOST_READ = 1_000;
const MOST_CHARS = 1_000;
const SEED = 1;

type Row = { readonly script: string; readonly text: string } & Readonly<Record<Sign, number | null>>;

/** Each side has a hash of its own: the same texts drawn on both would hide a change. */
const sampledTexts = (side: Side, of: LoadedColumn, signs: TextSigns): Sql => ({
  sql: `SELECT ${NAMES.map((name) => `toFloat64(${signs[name]}) AS ${name}`).join(', ')}, ${signs.script} AS script,
  if(rowNumberInAllBlocks() < ${MOST_READ}, substringUTF8(v, 1, ${MOST_CHARS}), '') AS text
FROM (SELECT DISTINCT assumeNotNull(${asText(of)}) AS v FROM ${side} WHERE ${asText(of)} IS NOT NULL
  ORDER BY cityHash64(${literal(side)}, v), v LIMIT ${MOST_TEXTS})
SETTINGS max_threads = 1`,
});

/** What texts look like and what they say: language-free signs each by itself, then their words. */
export async function textChecks(
  db: ClickhouseDb,
  name: string,
  pair: Pair,
  options: { readonly alpha: number; readonly limit: number; readonly signs: TextSigns },
): Promise<MoreCheck[]> {
  const reference = await db.query<Row>(sampledTexts('reference', pair.reference, options.signs));
  const current = await db.query<Row>(sampledTexts('current', pair.current, options.signs));
  return [
    ...NAMES.flatMap((sign) => signCheck(sign, reference, current)),
    scriptCheck(reference, current),
    ...wordChecks(name, reference, current, options),
  ];
}

function signCheck(sign: Sign, reference: readonly Row[], current: readonly Row[]): MoreCheck[] {
  // A share of nothing is no number.
  const values = (rows: readonly Row[]): number[] => rows.flatMap((row) => row[sign] ?? []);
  const sides = [values(reference), values(current)] as const;
  const [before, after] = sides.map((side) => momentsOf(side.map((value) => ({ value, rows: 1 }))));
  if (
    !before ||
    !after ||
    (before.low === before.high && after.low === after.high && before.low === after.low)
  )
    return [];
  const at = new Map([...new Set(sides.flat())].sort((a, b) => a - b).map((value, i) => [value, i]));
  const counts = sides.map((side) => {
    const own = new Array<number>(at.size).fill(0);
    for (const value of side) own[at.get(value) ?? 0] = (own[at.get(value) ?? 0] ?? 0) + 1;
    return own;
  });
  const told = `The ${SIGNS[sign]} changed: on average from ${numberLabel(before.mean)} to ${numberLabel(after.mean)}.`;
  const [r = [], c = []] = counts;
  return [{ kind: 'counts', what: sign, told, statistic: 'ks', bins: 'ordered', reference: r, current: c }];
}

function scriptCheck(reference: readonly Row[], current: readonly Row[]): MoreCheck {
  const names = [...SCRIPTS.map((script) => script.name), 'none'];
  const count = (rows: readonly Row[]): number[] =>
    names.map((name) => rows.filter(({ script }) => script === name).length);
  const [r, c] = [count(reference), count(current)];
  const gap = (i: number): number =>
    (c[i] ?? 0) / Math.max(1, current.length) - (r[i] ?? 0) / Math.max(1, reference.length);
  const [most = 0] = names.map((_, i) => i).sort((a, b) => Math.abs(gap(b)) - Math.abs(gap(a)));
  const told = `${names[most] === 'none' ? 'Texts without letters' : `Texts in ${names[most]} letters`} became ${gap(most) > 0 ? 'more' : 'fewer'}.`;
  return {
    ...{ kind: 'counts', what: 'script', told, statistic: 'js_distance', bins: 'categories' },
    ...{ reference: r, current: c },
  };
}

/** A word that the reference does not know weighs more than another step of a distribution: half the limit of the others. */
const VOCABULARY_SHARE = 0.5;

function wordChecks(
  name: string,
  reference: readonly Row[],
  current: readonly Row[],
  { alpha, limit }: { readonly alpha: number; readonly limit: number },
): MoreCheck[] {
  const read = (rows: readonly Row[]) =>
    rows.slice(0, MOST_READ).map(({ text }) => ({ text: { [name]: text } }));
  const limits = { domain: limit, outOfVocabulary: limit * VOCABULARY_SHARE };
  const asked = { reference: read(reference), current: read(current), spec: { alpha, limits } };
  return textsOf({ ...asked, random: seededRandom(SEED) }, name).map((told): MoreCheck => {
    const what = told.statistic === 'domain_auc' ? 'words' : 'vocabulary';
    const { statistic } = told;
    if (told.kind === 'unable')
      return {
        kind: 'evidence',
        what,
        told: '',
        statistic,
        limit: told.limit,
        evidence: { kind: 'undefined', reason: told.reason },
      };
    const { effect, pValue, minimumDetectableEffect, n, nReference, words } = told;
    return {
      ...{ kind: 'evidence', what, statistic, limit: told.limit },
      told: `${words.charAt(0).toUpperCase()}${words.slice(1)}.`,
      evidence: { kind: 'value', effect, pValue, minimumDetectableEffect, nReference, nCurrent: n },
    };
  });
}
