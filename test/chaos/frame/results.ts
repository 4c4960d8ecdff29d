import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { thisCommit, thisMachine } from '../../../bench/machine.ts';
import { CHAOS_SEED, CHAOS_SIZE } from './seed.ts';

/** What was counted: once for the whole run, or in each of its rounds. */
export type Figures = Readonly<Record<string, number | string>>;

type Result = {
  readonly date: string;
  readonly commit: string;
  readonly seed: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly figures: Figures;
  /** How often the interesting things happened. */
  readonly sometimes: Figures;
};

const FILE = join(import.meta.dirname, '../../../bench/results/chaos.json');
/** Of this process: a run of many rounds stands under one name, with the sums of its rounds. */
const kept = new Map<string, Result>();

/** Nightly runs are written down, round by round: one that breaks off leaves what it had counted. */
export function keepResult(run: string, figures: Figures, sometimes: Figures): void {
  if (CHAOS_SIZE !== 'nightly') return;
  const before = kept.get(run);
  const result: Result = {
    date: new Date().toISOString(),
    commit: before?.commit ?? thisCommit(),
    seed: CHAOS_SEED,
    seconds: Math.round(performance.now() / 1_000),
    rounds: (before?.rounds ?? 0) + 1,
    figures: sumOf(before?.figures ?? {}, figures),
    // These are counted over all rounds already.
    sometimes,
  };
  kept.set(run, result);
  const runs = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')).runs : {};
  mkdirSync(dirname(FILE), { recursive: true });
  const all = { machine: thisMachine(), runs: { ...runs, [run]: result } };
  writeFileSync(`${FILE}.next`, `${JSON.stringify(all, null, 2)}\n`);
  renameSync(`${FILE}.next`, FILE);
}

const sumOf = (before: Figures, added: Figures): Figures =>
  Object.fromEntries(
    Object.entries(added).map(([name, figure]) => {
      const so = before[name];
      return [name, typeof so === 'number' && typeof figure === 'number' ? so + figure : figure];
    }),
  );
