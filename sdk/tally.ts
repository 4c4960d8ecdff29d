import { type Counters, PROBLEMS, type Problem } from './record.ts';

/** Counts what happened and keeps every mishap inside: a service that decides must not fail because it is watched. */
export class Tally {
  readonly #counts: Record<Problem, number>;
  readonly #onProblem: ((problem: Problem, system: string) => void) | undefined;
  #decisions = 0;
  #sampledOut = 0;

  constructor(onProblem?: (problem: Problem, system: string) => void) {
    this.#onProblem = onProblem;
    this.#counts = zeros();
  }

  decided(): void {
    this.#decisions += 1;
  }

  sampledOut(): void {
    this.#sampledOut += 1;
  }

  problem(problem: Problem, system: string): void {
    this.#counts[problem] += 1;
    try {
      this.#onProblem?.(problem, system);
    } catch {
      // The hook is the caller's; its failure is not the decision's.
    }
  }

  /** Runs `work`; a throw is counted and goes no further. */
  safely(system: string, work: () => void): void {
    try {
      work();
    } catch {
      this.problem('internal', system);
    }
  }

  counters(): Counters {
    return { ...this.#counts, decisions: this.#decisions, sampledOut: this.#sampledOut };
  }
}

const zeros = (): Record<Problem, number> => {
  const counts: Partial<Record<Problem, number>> = {};
  for (const problem of PROBLEMS) counts[problem] = 0;
  return counts as Record<Problem, number>;
};
