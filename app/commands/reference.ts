import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import type { z } from 'zod';
import { asNumber, asText } from '../../analyzers/compare/cells-sql.ts';
import { loadSide } from '../../analyzers/compare/compare.ts';
import { lookAt } from '../../analyzers/compare/look.ts';
import { referenceInput, type referenceRow } from '../../api/contract/analysis.ts';
import type { FeatureSummary } from '../../model/feature-summary.ts';
import { summariseColumn } from '../../store/clickhouse/column-summary.ts';
import { askLeeway } from './client.ts';
import { openFileEngine } from './file-engine.ts';
import { createProgress } from './progress.ts';

const USAGE = `leeway reference list [--system NAME] [--json]
leeway reference load FILE --system NAME --name NAME [--note TEXT]       CSV, Parquet or NDJSON; columns are features
leeway reference accept --system NAME --name NAME --from TIME --to TIME [--model-version V] [--note TEXT]
leeway reference retire --system NAME --name NAME --version N

A reference is what windows are compared with. Each is kept as it was accepted, numbered, with who accepted it and from
what. A monitor of the same name uses its newest version in place of its own reference; any monitor may ask for it with
  reference: { kind: stored, name: NAME }

Exit codes: 0 done · 1 failed · 2 a wrong call or file · 3 no such file or reference · 4 the token may not · 7 no Leeway answers
`;

type Row = z.infer<typeof referenceRow>;
type Options = Readonly<Record<string, string | boolean | undefined>>;

/** `leeway reference …`, against a running Leeway. */
export async function reference(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      system: { type: 'string' },
      name: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      version: { type: 'string' },
      'model-version': { type: 'string' },
      note: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return say(USAGE, 0);
  const [what, file] = positionals;
  const { system, name, from, to, version } = values;
  if (what === 'list') return list(system, values.json);
  if (system === undefined || name === undefined) return complain(USAGE, 2);
  if (what === 'load' && file !== undefined) return load(file, system, name, values.note);
  if (what === 'accept' && from !== undefined && to !== undefined)
    return accept(system, name, windowSource(from, to, values), values.note);
  if (what === 'retire' && version !== undefined) {
    const path = [system, 'references', name, version, 'retire'].map(encodeURIComponent).join('/');
    return told(await askLeeway('POST', `/systems/${path}`, process.env, {}), 'retired');
  }
  return complain(USAGE, 2);
}

const windowSource = (from: string, to: string, values: Options) => ({
  kind: 'window' as const,
  from,
  to,
  ...(typeof values['model-version'] === 'string' ? { modelVersion: values['model-version'] } : {}),
});

async function list(system: string | undefined, json: boolean): Promise<number> {
  const query = system === undefined ? '' : `?system=${encodeURIComponent(system)}`;
  const answer = await askLeeway('GET', `/references${query}`, process.env);
  if (answer.kind === 'refused') return complain(`${answer.sentence}\n`, answer.code);
  const { rows } = answer.body as { rows: Row[] };
  if (json) return say(`${JSON.stringify(rows, null, 2)}\n`, 0);
  if (rows.length === 0) return say('No references are stored: monitors use those of their documents.\n', 0);
  return say(rows.map((row) => `${line(row)}\n`).join(''), 0);
}

const line = (row: Row): string =>
  `${row.system}/${row.name} v${row.version} ${row.state === 'retired' ? '(retired) ' : ''}· ${originWords(row)} · ${row.features} features, ${row.values.toLocaleString('en')} values · ${row.by}, ${row.acceptedAt} · ${row.hash.slice(0, 12)}${row.monitors.length > 0 && row.state === 'active' ? ` · used by ${row.monitors.join(', ')}` : ''}`;

const originWords = ({ origin }: Row): string =>
  origin.kind === 'file'
    ? `${origin.file}, ${origin.rows.toLocaleString('en')} rows`
    : `${origin.from} to ${origin.to}${origin.modelVersion === null ? '' : `, version ${origin.modelVersion}`}`;

type Source = z.input<typeof referenceInput>['source'];

async function accept(system: string, name: string, source: Source, note: string): Promise<number> {
  const parsed = referenceInput.safeParse({ name, note, source });
  if (!parsed.success)
    return complain(
      `${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n')}\n`,
      2,
    );
  const path = `/systems/${encodeURIComponent(system)}/references`;
  return told(await askLeeway('POST', path, process.env, { name, note, source }), 'accepted');
}

async function told(answer: Awaited<ReturnType<typeof askLeeway>>, what: string): Promise<number> {
  if (answer.kind === 'refused') return complain(`${answer.sentence}\n`, answer.code);
  return say(`${what} ${line(answer.body as Row)}\n`, 0);
}

async function load(file: string, system: string, name: string, note: string): Promise<number> {
  const engine = openFileEngine();
  const progress = createProgress(process.stderr);
  try {
    const linked = await engine.link(file, 'reference');
    if (linked.kind === 'refused') return complain(`${linked.sentence}\n`, linked.code);
    progress(`reading ${file}`, 0, 0);
    const { columns, rows } = await loadSide(engine.db, 'reference', linked.source);
    const summaries: FeatureSummary[] = [];
    for (const column of columns) {
      progress('summarising', summaries.length, columns.length);
      const { numbers, times, texts } = (await lookAt(engine.db, 'reference', column, false)).facts;
      const of = {
        ...{ table: 'reference' as const, feature: column.name },
        ...{ number: asNumber(column), text: asText(column) },
        kind: numbers >= times + texts ? ('numeric' as const) : ('categorical' as const),
      };
      summaries.push(await summariseColumn(engine.db, of, rows));
    }
    progress.done();
    return await accept(
      system,
      name,
      {
        ...{ kind: 'file', file: basename(file), rows, sha256: await sha256(file) },
        summaries: summaries.map((summary) => ({
          ...{ feature: summary.feature, missing: summary.missing, sum: summary.sum, sumSq: summary.sumSq },
          ...{ min: summary.min, max: summary.max },
          binStep: summary.sketch.binStep as 1,
          bins: [...summary.bins].map(([key, count]) => [key, count] as [number, number]),
          categories: [...summary.categories].map(([value, count]) => [value, count] as [string, number]),
        })),
      },
      note,
    );
  } finally {
    progress.done();
    await engine.close();
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

const say = (text: string, code: number): Promise<number> =>
  new Promise((resolve) => {
    process.stdout.write(text, () => resolve(code));
  });
const complain = (text: string, code: number): Promise<number> =>
  new Promise((resolve) => {
    process.stderr.write(text, () => resolve(code));
  });
