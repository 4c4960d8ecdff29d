import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileEngine } from '../../app/commands/file-engine.ts';

const NORMALS = 10;
const COUNTS = 5;
const CATEGORIES = 5;
const COLUMNS = NORMALS + COUNTS + CATEGORIES;
/** One column is changed: + 0.4 standard deviations. Everything else is drawn anew from the same distributions. */
const DRIFTED = 3;

function columnsOf(seed: number, shift: number): string {
  const each = (count: number, make: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => make(i));
  return [
    ...each(NORMALS, (i) => `randNormal(${i} + ${i === DRIFTED ? shift : 0}, 1, ${seed + i}) AS n${i}`),
    ...each(COUNTS, (i) => `toFloat64(randPoisson(${4 + i}, ${seed + 50 + i})) AS p${i}`),
    ...each(CATEGORIES, (i) => `concat('c', toString(rand64(${seed + 90 + i}) % ${10 * (i + 1)})) AS c${i}`),
  ].join(', ');
}

/** Wall time as a person sees it, from the start of the process. */
function timed(command: string, args: readonly string[]): { wallSeconds: number; out: string } {
  const startedMs = performance.now();
  const ran = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (ran.status !== 0 && ran.status !== 6) throw new Error(ran.stderr);
  return { wallSeconds: (performance.now() - startedMs) / 1_000, out: ran.stdout };
}

export type Files = {
  readonly rowsPerSide: number;
  readonly columns: number;
  readonly wallSeconds: number;
  readonly cellsPerSecond: number;
  readonly evidently?: Other;
  readonly nannyml?: Other;
};

/** Another tool on the same two files in the same run. */
type Other = { readonly version: string; readonly wallSeconds: number; readonly ratio: number };
type Pythons = { readonly python: string | undefined; readonly nannyml: string | undefined };

function other(
  tool: 'Evidently' | 'NannyML',
  python: string,
  files: readonly string[],
  oursSeconds: number,
  say: (line: string) => void,
): Other {
  const script = join(import.meta.dirname, `${tool.toLowerCase()}_report.py`);
  const theirs = timed(python, [script, ...files]);
  const told = JSON.parse(theirs.out.trim().split('\n').at(-1) ?? '{}');
  const ratio = theirs.wallSeconds / oursSeconds;
  say(
    `  ${tool} ${told.version}  ${theirs.wallSeconds.toFixed(1)} s (reading ${told.readSeconds.toFixed(1)}, report ${told.reportSeconds.toFixed(1)}) · ${told.drifted} columns drifted`,
  );
  say(`  ${tool} / leeway: ${ratio.toFixed(2)} × the wall time`);
  return { version: told.version, wallSeconds: theirs.wallSeconds, ratio };
}

/** Two Parquet files, compared into an HTML report by a process of its own; beside Evidently where there is one. */
export async function measureFiles(
  rows: number,
  { python, nannyml }: Pythons,
  say: (line: string) => void,
): Promise<Files> {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-bench-drift-'));
  const file = (name: string): string => join(directory, name);
  try {
    const engine = openFileEngine();
    for (const [name, seed, shift] of [['reference', 1, 0] as const, ['current', 1_001, 0.4] as const]) {
      const sql = `INSERT INTO FUNCTION file('${file(name)}.parquet', 'Parquet') SELECT ${columnsOf(seed, shift)} FROM numbers(${rows})`;
      await engine.db.command({ sql });
    }
    await engine.close();
    const [reference, current] = [file('reference.parquet'), file('current.parquet')];
    const count = rows.toLocaleString('en');
    say(`\n${count} + ${count} rows × ${COLUMNS} columns, Parquet → HTML report`);
    const main = join(import.meta.dirname, '../../app/main.ts');
    const ours = timed(process.execPath, [
      main,
      'compare',
      reference,
      current,
      '--html',
      file('leeway.html'),
    ]);
    const cellsPerSecond = Math.round((2 * rows * COLUMNS) / ours.wallSeconds);
    say(
      `  leeway compare  ${ours.wallSeconds.toFixed(1)} s, ${cellsPerSecond.toLocaleString('en')} cells/s · ${ours.out.split('\n')[1] ?? ''}`,
    );
    const measured = { rowsPerSide: rows, columns: COLUMNS, wallSeconds: ours.wallSeconds, cellsPerSecond };
    if (python === undefined)
      say('  Evidently was not asked: --python names a Python that has it · goal 20 × its wall time');
    const files = [reference, current] as const;
    const asked = (tool: Parameters<typeof other>[0], by: string | undefined) =>
      by === undefined ? undefined : other(tool, by, [...files, file(`${tool}.html`)], ours.wallSeconds, say);
    const [evidently, nanny] = [asked('Evidently', python), asked('NannyML', nannyml)];
    return { ...measured, ...(evidently && { evidently }), ...(nanny && { nannyml: nanny }) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
