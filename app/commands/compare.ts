import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compareLoaded, DEFAULT_LIMITS, loadSide, type Source } from '../../analyzers/compare/compare.ts';
import { COLUMN_KINDS, type ColumnKind } from '../../analyzers/compare/facts.ts';
import { renderHtml } from '../../analyzers/compare/render/html.ts';
import { renderMarkdown, renderText } from '../../analyzers/compare/render/text.ts';
import type { Limits, Report } from '../../analyzers/compare/report.ts';
import { Failure } from '../../model/failure.ts';
import { TEXT_SIGNS } from '../../store/clickhouse/derived-sql.ts';
import { type FileEngine, openFileEngine } from './file-engine.ts';
import { createProgress } from './progress.ts';

/** What a person may say a column is; `empty` is found alone. */
const SAYABLE = COLUMN_KINDS.filter((kind) => kind !== 'empty');

const USAGE = `leeway compare REFERENCE CURRENT [--html FILE] [--json | --md] [--limit 0.1] [--alpha 0.05] [--columns NAME=KIND]...

Which columns of CURRENT are no longer distributed as in REFERENCE. Both are .csv, .tsv, .parquet, .ndjson or .jsonl, packed
(.gz, .zst, .xz, .bz2, .lz4) or not. Needs no running Leeway. How a column is compared follows from what it holds, and the
report says which rule it was; --columns says otherwise: ${SAYABLE.join(' | ')}.

  leeway compare january.parquet june.csv --html report.html
  leeway compare a.csv b.csv --columns zip=categorical --columns note=identifier
  leeway compare reference.csv.gz current.csv.gz --json > report.json

Exit codes: 0 nothing drifted · 6 something drifted · 1 nothing could be judged · 2 a wrong call or file · 3 no such file
`;
const EXIT = { ok: 0, drift: 6, not_enough_data: 1 } as const;

/** `leeway compare REFERENCE CURRENT`: the answer to standard output, everything else to standard error. */
export async function compare(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      columns: { type: 'string', multiple: true, default: [] },
      html: { type: 'string' },
      json: { type: 'boolean' },
      md: { type: 'boolean' },
      limit: { type: 'string' },
      alpha: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return answer(USAGE, 0);
  const [reference, current, ...more] = positionals;
  const limits = limitsFrom(values.limit, values.alpha);
  if (reference === undefined || current === undefined || more.length > 0 || (values.json && values.md))
    return complain(USAGE, 2);
  if (limits === undefined)
    return complain('--limit and --alpha are numbers between 0 and 1, for example 0.1 and 0.05.\n', 2);
  const kinds = kindsFrom(values.columns);
  if (typeof kinds === 'string') return complain(kinds, 2);
  const made = await report(reference, current, limits, kinds);
  if (made.kind === 'refused') return complain(`${made.sentence}\n`, made.code);
  if (values.html !== undefined) writeFileSync(values.html, renderHtml(made.report));
  const text = values.json
    ? `${JSON.stringify(made.report, null, 2)}\n`
    : values.md
      ? renderMarkdown(made.report)
      : renderText(made.report);
  return answer(text, EXIT[made.report.verdict]);
}

type Made =
  | { readonly kind: 'made'; readonly report: Report }
  | { readonly kind: 'refused'; readonly code: number; readonly sentence: string };

async function report(
  reference: string,
  current: string,
  limits: Limits,
  kinds: ReadonlyMap<string, ColumnKind>,
): Promise<Made> {
  const engine = openFileEngine();
  const progress = createProgress(process.stderr);
  try {
    const before = await open(engine, reference, 'reference', progress);
    if (before.kind === 'refused') return before;
    const after = await open(engine, current, 'current', progress);
    if (after.kind === 'refused') return after;
    const names = new Set([...before.loaded.columns, ...after.loaded.columns].map(({ name }) => name));
    const unknown = [...kinds.keys()].filter((name) => !names.has(name));
    if (unknown.length > 0)
      return {
        ...{ kind: 'refused', code: 2 },
        sentence: `--columns: neither file has a column ${unknown.map((name) => `"${name}"`).join(', ')}.`,
      };
    const options = { limits, kinds, progress, signs: TEXT_SIGNS, atOnce: engine.lanes, nowMs: Date.now() };
    const made = await compareLoaded(engine.db, before.loaded, after.loaded, options);
    return { kind: 'made', report: made };
  } finally {
    progress.done();
    await engine.close();
  }
}

type Opened =
  | { readonly kind: 'loaded'; readonly loaded: Source & Awaited<ReturnType<typeof loadSide>> }
  | { readonly kind: 'refused'; readonly code: number; readonly sentence: string };

async function open(
  engine: FileEngine,
  file: string,
  side: 'reference' | 'current',
  progress: ReturnType<typeof createProgress>,
): Promise<Opened> {
  progress(`reading ${file}`, 0, 0);
  try {
    const linked = await engine.link(file, side);
    if (linked.kind === 'refused') return linked;
    return {
      kind: 'loaded',
      loaded: {
        ...linked.source,
        ...(await loadSide(engine.db, side, linked.source, { fill: 'fast', keep: linked.keep })),
      },
    };
  } catch (error) {
    if (!(error instanceof Failure || error instanceof RangeError)) throw error;
    return { kind: 'refused', code: 2, sentence: `${file} cannot be read: ${firstSentence(error.message)}` };
  }
}

/** The engine tells where in its own sources it stumbled; a person wants the first part. */
const firstSentence = (message: string): string =>
  message.split(/\n|: While|\. \(|, e\.what/)[0]?.slice(0, 300) ?? '';

function limitsFrom(limit: string | undefined, alpha: string | undefined): Limits | undefined {
  const limits = {
    limit: limit === undefined ? DEFAULT_LIMITS.limit : Number(limit),
    alpha: alpha === undefined ? DEFAULT_LIMITS.alpha : Number(alpha),
  };
  const inside = (value: number): boolean => value > 0 && value < 1;
  return inside(limits.limit) && inside(limits.alpha) ? limits : undefined;
}

/** `zip=categorical`, split at the last `=`, since names may hold one. A sentence where it is wrong. */
function kindsFrom(said: readonly string[]): ReadonlyMap<string, ColumnKind> | string {
  const kinds = new Map<string, ColumnKind>();
  for (const one of said) {
    const at = one.lastIndexOf('=');
    const kind = SAYABLE.find((known) => known === one.slice(at + 1));
    if (at < 1 || kind === undefined)
      return `--columns "${one}" is not NAME=KIND; kinds are ${SAYABLE.join(', ')}.\n`;
    kinds.set(one.slice(0, at), kind);
  }
  return kinds;
}

/** Waits for the reader: the process ends right after, and a pipe holds 64 KB. */
function answer(text: string, code: number): Promise<number> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve(code));
  });
}
function complain(text: string, code: number): number {
  process.stderr.write(text);
  return code;
}
