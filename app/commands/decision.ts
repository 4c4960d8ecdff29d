import { parseArgs } from 'node:util';
import type { DecisionDetail } from '../../api/contract/decisions.ts';
import { askLeeway } from './client.ts';

const USAGE = `leeway decision ID [--json]

One decision of a running Leeway (LEEWAY_URL, LEEWAY_TOKEN): what was decided, from what, and what came of it.

Exit codes: 0 found · 2 a wrong call · 3 no such decision · 4 the token may not · 7 no Leeway answers
`;

/** `leeway decision ID`. */
export async function decision(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return say(process.stdout, USAGE, 0);
  const [id, ...more] = positionals;
  if (id === undefined || more.length > 0) return say(process.stderr, USAGE, 2);
  const answer = await askLeeway('GET', `/decisions/${encodeURIComponent(id)}`, process.env);
  if (answer.kind === 'refused') return say(process.stderr, `${answer.sentence}\n`, answer.code);
  // The answer of our own API, whose contract its tests hold.
  const found = answer.body as DecisionDetail;
  return say(process.stdout, values.json ? `${JSON.stringify(found, null, 2)}\n` : pageOf(found), 0);
}

const LABEL_CHARS = 24;
/** Of a text on a terminal. */
const TEXT_CHARS = 200;

function pageOf(found: DecisionDetail): string {
  const judged = found.correct === null ? 'not judged yet' : found.correct ? 'right' : 'wrong';
  const lines = [
    `${found.system}: ${found.value} (${judged})`,
    line('decided', `${found.time} by ${found.actor}, ${found.route}`),
    line('model', `${found.model} ${found.modelVersion}`.trim() || '–'),
    ...(found.score === null ? [] : [line('score', String(found.score))]),
    ...(found.contract?.violations.length ? [line('broke', found.contract.violations.join(', '))] : []),
    '',
    'Features',
    ...found.features.map((one) => line(`${one.name}${one.drifted ? ' *' : ''}`, valueWords(one))),
    ...(found.features.some(({ drifted }) => drifted) ? ['* drifted then'] : []),
    '',
    'What came of it',
    ...(found.outcomes.length === 0 ? [line('', 'nothing is known yet')] : []),
    ...found.outcomes.map((one) =>
      line(one.kind, [one.value, one.by && `by ${one.by}`, one.time, one.note].filter(Boolean).join(' · ')),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

const line = (label: string, text: string): string => `  ${label.padEnd(LABEL_CHARS)} ${text}`.trimEnd();

function valueWords(one: DecisionDetail['features'][number]): string {
  const masked = one.masked === null ? '' : ` (masked: ${one.masked})`;
  if (one.kind === 'missing') return `missing${masked}`;
  if (one.embedding !== null) {
    const { dimensions, norm } = one.embedding;
    return `${dimensions} dimensions, norm ${norm === null ? 'not finite' : Number(norm.toPrecision(4))}${masked}`;
  }
  const text = String(one.value).replaceAll(/\s+/g, ' ');
  const shown = text.length > TEXT_CHARS ? `${text.slice(0, TEXT_CHARS)}…` : text;
  const unit = one.unit === '' ? '' : ` ${one.unit}`;
  return `${shown}${unit}${one.chars === null ? '' : ` (${one.chars} characters)`}${masked}`;
}

const say = (to: NodeJS.WriteStream, text: string, code: number): Promise<number> =>
  new Promise((resolve) => {
    to.write(text, () => resolve(code));
  });
