import type { ColumnResult, Report } from '../report.ts';
import { effectText, filesLine, howJudged, KIND_WORDS, VERDICT_WORDS } from './words.ts';

const NAME_CHARS = 28;

/** For a terminal. No colour: it goes into files and logs as well. */
export function renderText(report: Report): string {
  const width = Math.min(NAME_CHARS, Math.max(6, ...report.columns.map(({ name }) => name.length)));
  const lines = report.columns.map((column) => {
    const { mark, word } = VERDICT_WORDS[column.verdict];
    const name =
      column.name.length > width ? `${column.name.slice(0, width - 1)}…` : column.name.padEnd(width);
    return `${mark} ${word.padEnd(15)} ${printable(name)}  ${effectText(column.effect).padStart(6)}  ${printable(column.sentence)}`;
  });
  return `${printable(filesLine(report))}\n${report.sentence}\n\n${lines.join('\n')}\n`;
}

/** For a merge request or a job summary. */
export function renderMarkdown(report: Report): string {
  const rows = report.columns.map(
    (column) =>
      `| ${VERDICT_WORDS[column.verdict].mark} ${VERDICT_WORDS[column.verdict].word} | ${cell(column.name)} | ${KIND_WORDS[column.kind]} | ${effectText(column.effect)} | ${cell(told(column))} |`,
  );
  return [
    `**${report.sentence}**`,
    '',
    cell(filesLine(report)),
    '',
    '| Verdict | Column | Kind | Effect | What happened |',
    '|---|---|---|--:|---|',
    ...rows,
    '',
    howJudged(report),
    '',
  ].join('\n');
}

const told = ({ sentence }: ColumnResult): string => sentence;
/** Names and values come from a stranger's file: none may move the cursor. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const printable = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
const cell = (text: string): string => printable(text).replaceAll(/[\\`*_[\]<>|#]/g, (char) => `\\${char}`);
