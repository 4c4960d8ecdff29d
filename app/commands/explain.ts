import { parseArgs } from 'node:util';
import type { ExplanationView } from '../../api/contract/explain.ts';
import { createProgress } from './progress.ts';

const USAGE = `leeway explain --system NAME --where SIDE --baseline SIDE [--of score | wrong | value=V] [--json | --md]

What moved between two sets of decisions of a running Leeway (LEEWAY_URL, LEEWAY_TOKEN): by how much, since when, in which
segments, with which inputs, and what was changed before. A SIDE is a stretch of time and filters:

  leeway explain --system flights --where "now-1d..now" --baseline "now-8d..now-1d"
  leeway explain --system flights --where "2026-03-08..2026-03-15 version=v2 hub=ATL" --baseline "2026-03-01..2026-03-08"

Exit codes: 0 answered · 1 failed · 2 a wrong call · 4 refused · 7 no Leeway answers
`;

/** `leeway explain`: the answer to standard output, where the work is to standard error. */
export async function explain(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      system: { type: 'string' },
      where: { type: 'string' },
      baseline: { type: 'string' },
      of: { type: 'string' },
      json: { type: 'boolean' },
      md: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return say(process.stdout, USAGE, 0);
  const { system, where, baseline, of } = values;
  const wrong = positionals.length > 0 || (values.json && values.md);
  if (system === undefined || where === undefined || baseline === undefined || wrong)
    return say(process.stderr, USAGE, 2);
  const token = process.env['LEEWAY_TOKEN'];
  if (token === undefined) return say(process.stderr, 'LEEWAY_TOKEN is not set.\n', 2);
  const url = new URL(
    `/api/v1/systems/${encodeURIComponent(system)}/explain`,
    process.env['LEEWAY_URL'] ?? 'http://127.0.0.1:4300',
  );
  for (const [name, text] of Object.entries({ where, baseline, of }))
    if (text !== undefined) url.searchParams.set(name, text);
  const answer = await ask(url, token);
  if (answer.kind === 'failed') return say(process.stderr, `${answer.sentence}\n`, answer.code);
  const { result } = answer;
  const text = values.json
    ? `${JSON.stringify(result, null, 2)}\n`
    : values.md
      ? markdownOf(result)
      : textOf(result);
  return say(process.stdout, text, 0);
}

type Answer =
  | { readonly kind: 'done'; readonly result: ExplanationView }
  | { readonly kind: 'failed'; readonly code: number; readonly sentence: string };
type Line = {
  readonly progress?: { step: string; done: number; of: number };
  readonly result?: ExplanationView;
};

async function ask(url: URL, token: string): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, accept: 'application/x-ndjson' };
  const response = await fetch(url, { headers }).catch(() => undefined);
  if (response === undefined)
    return {
      kind: 'failed',
      code: 7,
      sentence: `no Leeway answers at ${url.origin}. Start one with npm start, or set LEEWAY_URL.`,
    };
  if (!response.ok) {
    const refused = response.status === 401 || response.status === 403;
    return {
      kind: 'failed',
      code: refused ? 4 : response.status === 400 ? 2 : 1,
      sentence: await sentenceOf(response),
    };
  }
  const progress = createProgress(process.stderr);
  try {
    for await (const line of linesOf(response)) {
      const told = JSON.parse(line) as Line;
      if (told.progress) progress(told.progress.step, told.progress.done, told.progress.of);
      if (told.result) return { kind: 'done', result: told.result };
    }
  } finally {
    progress.done();
  }
  return { kind: 'failed', code: 1, sentence: 'Leeway broke off before it had an answer; its log says why.' };
}

async function sentenceOf(response: Response): Promise<string> {
  const text = await response.text();
  const problem: unknown = text.startsWith('{') ? JSON.parse(text) : undefined;
  return typeof problem === 'object' && problem !== null && 'detail' in problem
    ? String(problem.detail)
    : text;
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
const round = (value: number | null): string => (value === null ? '' : String(Number(value.toPrecision(3))));

function textOf(found: ExplanationView): string {
  const lines = [...found.sentences];
  if (found.segments.length > 0)
    lines.push(
      '',
      'Segments that carry it',
      ...found.segments.map(
        (one) =>
          `  ${percent(one.carries).padStart(6)}  ${one.segment}  (${one.decisions} decisions, p ${round(one.pValue)})`,
      ),
    );
  if (found.features.length > 0)
    lines.push(
      '',
      'Inputs that moved: part of the change, distance, group that moves together',
      ...found.features.map(
        (one) =>
          `  ${round(one.contribution).padStart(9)}  ${round(one.distance).padStart(6)}  ${one.cluster}  ${one.feature}  (${one.sentence})`,
      ),
    );
  if (found.causes.length > 0)
    lines.push('', 'Changes before it', ...found.causes.map((one) => `  ${one.at}  ${one.label}`));
  return `${lines.join('\n')}\n`;
}

function markdownOf(found: ExplanationView): string {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
    rows.length === 0 ? [] : ['', row(head), row(head.map(() => '---')), ...rows.map(row)];
  const lines = [
    `# ${found.system}: ${found.target}`,
    '',
    ...found.sentences.map((sentence) => `- ${sentence}`),
    ...table(
      ['Segment', 'Carries', 'Before', 'Now', 'p'],
      found.segments.map((one) => [
        one.segment,
        percent(one.carries),
        round(one.baselineMean),
        round(one.mean),
        round(one.pValue),
      ]),
    ),
    ...table(
      ['Input', 'Part of the change', 'Distance', 'Largest move', 'Group'],
      found.features.map((one) => [
        one.feature,
        round(one.contribution),
        round(one.distance),
        one.sentence,
        String(one.cluster),
      ]),
    ),
    ...table(
      ['Change before it', 'When'],
      found.causes.map((one) => [one.label, one.at]),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

const say = (stream: NodeJS.WriteStream, text: string, code: number): Promise<number> =>
  new Promise((resolve) => {
    stream.write(text, () => resolve(code));
  });
