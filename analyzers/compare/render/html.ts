import { numberLabel } from '../bins.ts';
import { LEVELS } from '../cells-sql.ts';
import type { ColumnKind } from '../facts.ts';
import type { Bin, ColumnResult, ColumnVerdict, FileFacts, Report, SideNumbers } from '../report.ts';
import { percent } from '../sentence.ts';

import { STYLE } from './style.ts';
import { categoryBars, effectBar, escapeHtml, histogram } from './svg.ts';
import {
  CHECK_WORDS,
  chance,
  count,
  effectText,
  howJudged,
  KIND_WORDS,
  STATISTIC_WORDS,
  VERDICT_WORDS,
} from './words.ts';

/** One file that needs no other: no script, nothing fetched, so that it can be mailed and kept. */
export function renderHtml(report: Report): string {
  const [loud, quiet] = split(report.columns);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(`${report.current.name} against ${report.reference.name}: ${report.sentence}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<p class="eyebrow">Leeway compare · ${escapeHtml(report.madeAt.slice(0, 16).replace('T', ' '))} UTC</p>
<h1>${escapeHtml(report.sentence)}</h1>
<dl class="files">${file('Reference', 'r', report.reference)}${file('Current', 'c', report.current)}</dl>
</header>
<main>
${overview(report)}
${loud.map((column) => card(column, report)).join('\n')}
${quiet.length === 0 ? '' : `<details class="rest"${loud.length === 0 ? ' open' : ''}><summary>${quiet.length} columns without drift</summary>${quiet.map((column) => card(column, report)).join('\n')}</details>`}
</main>
<footer><p>${escapeHtml(howJudged(report))}</p></footer>
</body>
</html>
`;
}

const split = (columns: readonly ColumnResult[]): [ColumnResult[], ColumnResult[]] => [
  columns.filter(({ verdict }) => verdict === 'drift'),
  columns.filter(({ verdict }) => verdict !== 'drift'),
];

const file = (title: string, key: string, { name, rows, columns }: FileFacts): string =>
  `<div><dt><span class="key ${key}"></span>${title}</dt><dd>${escapeHtml(name)}</dd><dd>${count(rows)} rows · ${count(columns)} columns</dd></div>`;

const badge = (verdict: ColumnVerdict): string =>
  `<span class="badge ${verdict}"><span aria-hidden="true">${VERDICT_WORDS[verdict].mark}</span>${VERDICT_WORDS[verdict].word}</span>`;

function overview({ columns, limits }: Report): string {
  const rows = columns.map(
    (column, i) =>
      `<tr><th scope="row">${column.verdict === 'drift' ? `<a href="#column-${i}">${escapeHtml(column.name)}</a>` : escapeHtml(column.name)}</th><td>${badge(column.verdict)}</td><td>${KIND_WORDS[column.kind]}</td><td class="num">${effectText(column.effect)}</td><td>${effectBar(column.effect, limits.limit)}</td></tr>`,
  );
  return `<div class="scroll all" role="region" aria-label="All columns" tabindex="0"><table><caption>All columns, the largest change first</caption><thead><tr><th scope="col">Column</th><th scope="col">Verdict</th><th scope="col">Kind</th><th scope="col" class="num">Effect</th><th scope="col">Against the limit of ${limits.limit}</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function card(column: ColumnResult, { columns }: Report): string {
  const { name, verdict, kind, because, sentence, bins } = column;
  const id = columns.indexOf(column);
  const picture = bins.length < 2 ? '' : SCALES.has(kind) ? histogram(bins, kind) : categoryBars(bins);
  const figure =
    picture === ''
      ? ''
      : `<figure role="img" aria-label="${escapeHtml(`Distribution of ${name}. ${sentence}`)}">${picture}</figure>`;
  return `<article id="column-${id}"><header><h2>${escapeHtml(name)}</h2>${badge(verdict)}<span class="muted" title="${escapeHtml(because)}">${KIND_WORDS[kind]}</span></header><p>${escapeHtml(sentence)}</p>${figure}${clockOf(column)}${numbersOf(column)}</article>`;
}

/** Kinds whose bins are a scale: drawn side by side, not one under the other. */
const SCALES: ReadonlySet<ColumnKind> = new Set(['numeric', 'text', 'time']);

/** Of times: the hours of the day and the days of the week, small. */
function clockOf({ name, coverage }: ColumnResult): string {
  if (coverage === null) return '';
  const counted = (bins: readonly Bin[]): boolean =>
    bins.some(({ reference, current }) => reference + current > 0);
  const pictures = [
    ['Hours of the day (UTC)', coverage.hours],
    ['Days of the week', coverage.weekdays],
  ] as const;
  return pictures
    .filter(([, bins]) => counted(bins))
    .map(
      ([title, bins]) =>
        `<h3>${title}</h3><figure role="img" aria-label="${escapeHtml(`${title} of ${name}`)}">${histogram(bins, 'time')}</figure>`,
    )
    .join('');
}

type Row = readonly [name: string, reference: string, current: string];

function numbersOf(column: ColumnResult): string {
  const rows = [...cellRows(column), ...(column.numbers === null ? [] : numberRows(column.numbers))];
  const extra = [
    `Compared as ${KIND_WORDS[column.kind]}: ${column.because}.`,
    ...column.checks.map(
      ({ what, statistic, effect, pValue, minimumDetectableEffect }) =>
        `${STATISTIC_WORDS[statistic]} of the ${CHECK_WORDS[what]}: ${effect.toFixed(4)}, adjusted p ${chance(pValue)}; a change of ${minimumDetectableEffect.toFixed(3)} would have shown.`,
    ),
    ...(column.psi === null ? [] : [`PSI: ${column.psi.toFixed(4)}.`]),
    ...(column.numbers?.moveSd == null
      ? []
      : [`Average move: ${column.numbers.moveSd.toFixed(3)} standard deviations (Wasserstein).`]),
  ];
  const counted =
    column.bins.length < 2
      ? ''
      : table(
          column.name,
          'values',
          column.bins.map((bin) => [
            bin.label,
            count(Math.round(bin.reference)),
            count(Math.round(bin.current)),
          ]),
        );
  return `<details><summary>Numbers<span class="muted"> of ${escapeHtml(column.name)}</span></summary>${table(column.name, 'numbers', rows)}${counted}${extra.map((one) => `<p>${escapeHtml(one)}</p>`).join('')}</details>`;
}

const table = (name: string, what: string, rows: readonly Row[]): string =>
  `<div class="scroll" role="region" aria-label="${escapeHtml(`${name}: ${what}`)}" tabindex="0"><table><thead><tr><th scope="col">${what === 'values' ? 'Value' : 'Figure'}</th><th scope="col" class="num">Reference</th><th scope="col" class="num">Current</th></tr></thead><tbody>${rows
    .map(
      ([head, reference, current]) =>
        `<tr><th scope="row">${escapeHtml(head)}</th><td class="num">${escapeHtml(reference)}</td><td class="num">${escapeHtml(current)}</td></tr>`,
    )
    .join('')}</tbody></table></div>`;

function cellRows({ facts: { reference, current } }: ColumnResult): Row[] {
  const row = (name: string, of: (side: NonNullable<typeof reference>) => string): Row => [
    name,
    reference === null ? '–' : of(reference),
    current === null ? '–' : of(current),
  ];
  const share = (part: number, rows: number): string =>
    rows === 0 ? '–' : `${count(part)} (${percent(part / rows)})`;
  return [
    row('Rows', (side) => count(side.rows)),
    row('Missing', (side) => share(side.missing, side.rows)),
    row('NaN', (side) => share(side.nan, side.rows)),
    row('Infinite', (side) => share(side.infinite, side.rows)),
    row('Different values, about', (side) => count(side.distinct)),
  ];
}

function numberRows({ reference, current }: NonNullable<ColumnResult['numbers']>): Row[] {
  const row = (name: string, of: (side: SideNumbers) => number | undefined): Row => [
    name,
    numberLabel(of(reference) ?? Number.NaN),
    numberLabel(of(current) ?? Number.NaN),
  ];
  return [
    row('Mean', (side) => side.mean),
    row('Standard deviation', (side) => side.sd),
    row('Lowest', (side) => side.low),
    ...LEVELS.map((level, i) => row(`${level * 100} % quantile`, (side) => side.levels[i])),
    row('Highest', (side) => side.high),
  ];
}
