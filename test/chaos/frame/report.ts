import { ledgerTotals, type Observed, type Verdict } from './checker.ts';
import type { Oracle } from './oracle.ts';
import { type Figures, keepResult } from './results.ts';
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
  /** Of a run that is cut into rounds; their counts are added up under the title. */
  readonly round?: number;
  readonly oracle: Oracle;
  readonly observed: Observed;
  readonly verdict: Verdict;
  readonly sometimes: Sometimes<string>;
  /** What was done to it. */
  readonly faults: Figures;
};

/** What a person needs to believe the run, and to repeat it. */
export function report({ title, round, oracle, observed, verdict, sometimes, faults }: Report): void {
  const { ledger, shown } = observed;
  const figures = {
    ...faults,
    ...oracle.counts,
    'records acknowledged': [...oracle.known.values()].filter(({ acknowledged }) => acknowledged).length,
    'records shown': shown.length,
    ...Object.fromEntries(Object.entries(ledgerTotals(ledger)).map(([name, n]) => [`ledger: ${name}`, n])),
    ...Object.fromEntries(Object.entries(verdict).map(([name, all]) => [name, all.length])),
  };
  console.log(`\n${oracle.file}${round === undefined ? '' : `, round ${round}`}`);
  tell(title, figures, sometimes);
  for (const [name, all] of Object.entries(verdict))
    for (const one of all.slice(0, 5)) console.log(`${name}: ${one}`);
}

/** The same of a run with an account of its own. */
export function tell(title: string, figures: Figures, sometimes = new Sometimes<string>([])): void {
  const seen = sometimes.entries();
  console.log(`\n${title} · ${CHAOS_SIZE} · LEEWAY_CHAOS_SEED=${CHAOS_SEED}`);
  console.table({
    ...figures,
    ...Object.fromEntries(Object.entries(seen).map(([name, n]) => [`sometimes: ${name}`, n])),
  });
  keepResult(title, figures, seen);
}

/** For `expect(verdict).toEqual(FAULTLESS)`: a failure shows what was lost, not how much. */
export const FAULTLESS: Verdict = {
  ...{ lost: [], shownTwice: [], invented: [], altered: [], ledger: [], wrongAnswers: [] },
};
