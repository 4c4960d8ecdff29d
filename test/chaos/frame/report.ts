import { ledgerTotals, type Observed, type Verdict } from './checker.ts';
import type { Oracle } from './oracle.ts';
import { CHAOS_SEED, CHAOS_SIZE } from './seed.ts';

/** How often the interesting things happened: a run in which one never did has shown nothing about it. */
export class Sometimes<Name extends string> {
  readonly #counts: Map<Name, number>;

  constructor(names: readonly Name[]) {
    this.#counts = new Map(names.map((name) => [name, 0]));
  }

  saw(name: Name, times = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + times);
  }

  never(): Name[] {
    return [...this.#counts].filter(([, times]) => times === 0).map(([name]) => name);
  }

  entries(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}

export type Report = {
  readonly title: string;
  readonly oracle: Oracle;
  readonly observed: Observed;
  readonly verdict: Verdict;
  readonly sometimes: Sometimes<string>;
  /** What was done to it. */
  readonly faults: Readonly<Record<string, number | string>>;
};

/** What a person needs to believe the run, and to repeat it. */
export function report({ title, oracle, observed, verdict, sometimes, faults }: Report): void {
  const { ledger, shown } = observed;
  console.log(`\n${title} · ${CHAOS_SIZE} · LEEWAY_CHAOS_SEED=${CHAOS_SEED} · ${oracle.file}`);
  console.table({
    ...faults,
    ...oracle.counts,
    'records acknowledged': [...oracle.known.values()].filter(({ acknowledged }) => acknowledged).length,
    'records shown': shown.length,
    ...Object.fromEntries(Object.entries(ledgerTotals(ledger)).map(([name, n]) => [`ledger: ${name}`, n])),
    ...Object.fromEntries(Object.entries(verdict).map(([name, all]) => [name, all.length])),
    ...Object.fromEntries(Object.entries(sometimes.entries()).map(([name, n]) => [`sometimes: ${name}`, n])),
  });
  for (const [name, all] of Object.entries(verdict))
    for (const one of all.slice(0, 5)) console.log(`${name}: ${one}`);
}

/** For `expect(verdict).toEqual(FAULTLESS)`: a failure shows what was lost, not how much. */
export const FAULTLESS: Verdict = {
  ...{ lost: [], shownTwice: [], invented: [], altered: [], ledger: [], wrongAnswers: [] },
};
