import { parseArgs } from 'node:util';
import { DEFAULT_LIMITS, loadSide } from '../../analyzers/compare/compare.ts';
import { ownData } from '../../analyzers/compare/selftest/own-data.ts';
import { renderSelftest } from '../../analyzers/compare/selftest/render.ts';
import { LEAST_ROWS, type Selftest, selftest } from '../../analyzers/compare/selftest/run.ts';
import { seededRandom } from '../../model/seeded-random.ts';
import { openFileEngine } from './file-engine.ts';
import { createProgress } from './progress.ts';

const USAGE = `leeway drift selftest --reference FILE [--repeats 30] [--seed 1] [--json]

Changes your own data in known ways and says which changes would be found, in how many rows, and how often an unchanged
window would raise an alarm. Needs no running Leeway.

  leeway drift selftest --reference january.parquet
  leeway drift selftest --reference january.csv --repeats 100 --json

Exit codes: 0 done · 6 more false alarms than promised · 1 too few rows · 2 a wrong call or file · 3 no such file
`;
const DEFAULT_REPEATS = 30;
const MOST_REPEATS = 10_000;
/** 2.58 standard errors: luck alone exceeds it once in 200 runs. */
const SLACK_ERRORS = 2.58;

/** `leeway drift selftest --reference FILE`. */
export async function drift(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      reference: { type: 'string' },
      repeats: { type: 'string', default: String(DEFAULT_REPEATS) },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return say(process.stdout, USAGE, 0);
  const [repeats, seed] = [Number(values.repeats), Number(values.seed)];
  const wrong = !(
    Number.isInteger(repeats) &&
    repeats > 0 &&
    repeats <= MOST_REPEATS &&
    Number.isInteger(seed)
  );
  if (positionals.join(' ') !== 'selftest' || values.reference === undefined || wrong)
    return say(process.stderr, USAGE, 2);
  return runSelftest(values.reference, repeats, seed, values.json);
}

async function runSelftest(file: string, repeats: number, seed: number, json: boolean): Promise<number> {
  const engine = openFileEngine();
  const progress = createProgress(process.stderr);
  try {
    const linked = await engine.link(file, 'reference');
    if (linked.kind === 'refused') return say(process.stderr, `${linked.sentence}\n`, linked.code);
    progress(`reading ${file}`, 0, 0);
    const loaded = await loadSide(engine.db, 'reference', linked.source);
    const own = await ownData(engine.db, loaded.columns, seed);
    if (loaded.rows < LEAST_ROWS || own.columns.length === 0)
      return say(
        process.stderr,
        `${file} has ${loaded.rows} rows and ${own.columns.length} columns that can be tried; it takes ${LEAST_ROWS} rows and one column.\n`,
        1,
      );
    const made = selftest(own.columns, {
      limits: DEFAULT_LIMITS,
      repeats,
      random: seededRandom(seed),
      progress: (done, of) => progress('trying', done, of),
    });
    progress.done();
    const text = json
      ? `${JSON.stringify({ file, left: own.left, ...made }, null, 2)}\n`
      : renderSelftest(file, made, own.left, own.columns.length);
    return say(process.stdout, text, keepsPromise(made) ? 0 : 6);
  } finally {
    progress.done();
    await engine.close();
  }
}

function keepsPromise({ falseAlarms, repeats, limits: { alpha } }: Selftest): boolean {
  const most = alpha + SLACK_ERRORS * Math.sqrt((alpha * (1 - alpha)) / repeats);
  return falseAlarms.every((alarms) => alarms / repeats <= most);
}

const say = (stream: NodeJS.WriteStream, text: string, code: number): Promise<number> =>
  new Promise((resolve) => {
    stream.write(text, () => resolve(code));
  });
