// Drift at scale: node bench/drift/main.ts [--only raw,growth,windows,files] [--rows 1000000] [--full]
//   [--python PYTHON] [--nannyml PYTHON] [--write]
// --full: ten million decisions of a hundred features instead of a million. --write: into bench/results/drift.json; parts that
// were not asked for stay as they were, each with its own date and commit.
// With a Python that has Evidently (pip install evidently "pandas<3" pyarrow), the two files go through it in the same run, on
// its defaults, and the ratio is printed. --nannyml: a Python that has NannyML (pip install nannyml pyarrow), which needs its own. Files are timed as a person waits, the rest by CPU time beside it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureFiles } from './files.ts';
import { measureGrowth, measureWindows } from './profiles.ts';
import { measureRaw } from './raw.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'raw,growth,windows,files' },
    rows: { type: 'string', default: '1000000' },
    full: { type: 'boolean', default: false },
    python: { type: 'string' },
    nannyml: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const rows = Number(values.rows);
if (!(Number.isInteger(rows) && rows >= 1_000))
  throw new RangeError('--rows is a whole number of 1,000 or more');
const asked = new Set(values.only.split(','));
const number = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 2 });
const say = (line: string): void => console.log(line);
const root = join(import.meta.dirname, '../..');
const versionOf = (path: string): string => JSON.parse(readFileSync(join(root, path), 'utf8')).version;

const commit = (): string => {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  } catch {
    return 'no repository';
  }
};
const results: Record<string, object> = {};
const of = {
  machine: {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    node: process.version,
    chdb: versionOf('node_modules/chdb/package.json'),
    leeway: versionOf('package.json'),
  },
  date: new Date().toISOString().slice(0, 10),
  commit: commit(),
};
say(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`);

if (asked.has('raw')) {
  const raw = await measureRaw(20_000_000);
  results['raw'] = { goalRowsPerCpuSecond: 12_000_000, ...raw };
  say(`\nOne column from raw values to a binned comparison, ${number(raw.rows)} rows`);
  say(`  ${number(raw.rowsPerCpuSecond)} rows per CPU second · goal 12,000,000`);
}

if (asked.has('growth')) {
  say('\nCost once, when decisions come, and of comparing 24 hours of every feature from profiles');
  const steps = [
    { rows: 10_000, features: 10, segments: 1 },
    { rows: 100_000, features: 10, segments: 1 },
    { rows: 1_000_000, features: 10, segments: 1 },
    { rows: 100_000, features: 100, segments: 1 },
    { rows: 100_000, features: 10, segments: 10 },
    { rows: values.full ? 10_000_000 : 1_000_000, features: 100, segments: 1 },
  ];
  const measured = [];
  for (const step of steps) {
    const one = await measureGrowth(step);
    measured.push(one);
    say(
      `  ${number(step.rows).padStart(10)} rows × ${String(step.features).padStart(3)} features, ${step.segments} segments: profiled in ${number(one.profiling.cpuSeconds)} CPU s (${number(one.valuesPerCpuSecond)} values/s) · ${number(one.comparisons)} comparisons ${number(one.comparing.cpuSeconds)} CPU s, ${number(one.comparing.wallSeconds)} s`,
    );
  }
  results['growth'] = { steps: measured };
}

if (asked.has('windows')) {
  const windows = await measureWindows(1_000, 500);
  results['windows'] = { goalWallSeconds: 60, goalBytesPerProfile: 10_000, ...windows };
  say(`\n1,000 features × 1,440 windows of a minute, each against its day, from profiles`);
  say(
    `  ${number(windows.cost.wallSeconds)} s, ${number(windows.cost.cpuSeconds)} CPU s · ${windows.microsecondsEach} µs each · goal 60 s`,
  );
  say(
    `  a profile: ${windows.binsPerProfile} bins, ${windows.bytesPerProfile} bytes, ${windows.bytesPerProfileOnDisk} on disk · goal 10,000`,
  );
}

if (asked.has('files')) {
  const files = await measureFiles(rows, { python: values.python, nannyml: values.nannyml }, say);
  results['files'] = { goalRatio: 20, ...files };
}

if (values.write) {
  const file = join(root, 'bench/results/drift.json');
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  for (const [part, measured] of Object.entries(results)) before[part] = { ...of, ...measured };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(before, null, 2)}\n`);
}
// The engine keeps threads of its own.
process.exit(0);
