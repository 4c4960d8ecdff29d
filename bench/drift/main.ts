// Two files of many rows compared: node bench/drift/main.ts [--rows 1000000] [--python PYTHON]
// With a Python that has Evidently (pip install evidently "pandas<3" pyarrow), the same files go through it in the same run, on its
// defaults, and the ratio is printed. Both are timed as a person waits: from the start of the process to the HTML report.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openFileEngine } from '../../app/commands/file-engine.ts';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, python: { type: 'string' } },
});
const rows = Number(values.rows);
if (!(Number.isInteger(rows) && rows >= 1_000))
  throw new RangeError('--rows is a whole number of 1,000 or more');

const NORMALS = 10;
const COUNTS = 5;
const CATEGORIES = 5;
const COLUMNS = NORMALS + COUNTS + CATEGORIES;
/** One column is changed: + 0.4 standard deviations. Everything else is drawn anew from the same distributions. */
const DRIFTED = 3;
const directory = mkdtempSync(join(tmpdir(), 'leeway-bench-drift-'));
const file = (name: string): string => join(directory, name);

function columnsOf(seed: number, shift: number): string {
  const each = (count: number, make: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => make(i));
  return [
    ...each(NORMALS, (i) => `randNormal(${i} + ${i === DRIFTED ? shift : 0}, 1, ${seed + i}) AS n${i}`),
    ...each(COUNTS, (i) => `toFloat64(randPoisson(${4 + i}, ${seed + 50 + i})) AS p${i}`),
    ...each(CATEGORIES, (i) => `concat('c', toString(rand64(${seed + 90 + i}) % ${10 * (i + 1)})) AS c${i}`),
  ].join(', ');
}

/** Wall time as a person sees it; CPU seconds of both cores. */
function timed(
  command: string,
  args: readonly string[],
): { wallSeconds: number; out: string; status: number | null } {
  const startedMs = performance.now();
  const ran = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (ran.status !== 0 && ran.status !== 6) throw new Error(ran.stderr);
  return { wallSeconds: (performance.now() - startedMs) / 1_000, out: ran.stdout, status: ran.status };
}

try {
  const engine = openFileEngine();
  for (const [name, seed, shift] of [['reference', 1, 0] as const, ['current', 1_001, 0.4] as const]) {
    const sql = `INSERT INTO FUNCTION file('${file(name)}.parquet', 'Parquet') SELECT ${columnsOf(seed, shift)} FROM numbers(${rows})`;
    await engine.db.command({ sql });
  }
  await engine.close();
  const [reference, current] = [file('reference.parquet'), file('current.parquet')];
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`);
  console.log(
    `${rows.toLocaleString('en')} + ${rows.toLocaleString('en')} rows × ${COLUMNS} columns, Parquet → HTML report`,
  );

  const main = join(import.meta.dirname, '../../app/main.ts');
  const ours = timed(process.execPath, [main, 'compare', reference, current, '--html', file('leeway.html')]);
  const found = ours.out.split('\n')[1] ?? '';
  const perSecond = Math.round((2 * rows * COLUMNS) / ours.wallSeconds);
  console.log(
    `  leeway compare  ${ours.wallSeconds.toFixed(1)} s, ${perSecond.toLocaleString('en')} cells/s · ${found}`,
  );

  if (values.python !== undefined) {
    const script = join(import.meta.dirname, 'evidently_report.py');
    const theirs = timed(values.python, [script, reference, current, file('evidently.html')]);
    const said = JSON.parse(theirs.out.trim().split('\n').at(-1) ?? '{}');
    console.log(
      `  Evidently ${said.version}  ${theirs.wallSeconds.toFixed(1)} s (reading ${said.readSeconds.toFixed(1)}, report ${said.reportSeconds.toFixed(1)}) · ${said.drifted} columns drifted`,
    );
    console.log(
      `  Evidently / leeway: ${(theirs.wallSeconds / ours.wallSeconds).toFixed(2)} × the wall time`,
    );
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
// The engine keeps threads of its own.
process.exit(0);
