import type { ProjectId } from '../../model/ids.ts';
import { FairLines } from './lines.ts';

/** How long after another project was heard turns are taken; before that, a project alone pays nothing for fairness. */
const CONTESTED_MS = 10_000;

/**
 * Who decodes next on this thread. Decoding holds it, so requests that are ready wait in line: behind a project with a
 * hundred requests another one's waits for one of them, not for all.
 */
export class FairTurns {
  readonly #nowMs: () => number;
  readonly #lines = new FairLines<() => void>();
  #last: ProjectId | undefined;
  #contestedUntilMs = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Resolves when it is the request's turn; it decodes before it waits for anything else. */
  async take(project: ProjectId): Promise<void> {
    if (this.#last !== undefined && this.#last !== project)
      this.#contestedUntilMs = this.#nowMs() + CONTESTED_MS;
    this.#last = project;
    if (this.#lines.isEmpty && this.#nowMs() >= this.#contestedUntilMs) return;
    await new Promise<void>((resolve) => {
      if (this.#lines.isEmpty) setImmediate(() => this.#serve());
      this.#lines.add(project, resolve);
    });
  }

  #serve(): void {
    this.#lines.next()?.();
    if (!this.#lines.isEmpty) setImmediate(() => this.#serve());
  }
}
