import type { ProjectId } from '../../model/ids.ts';

/** How long after another project was heard turns are taken; before that, a project alone pays nothing for fairness. */
const CONTESTED_MS = 10_000;

/**
 * Who decodes next. Decoding holds the thread, so requests that are ready wait in one line per project and the lines
 * are served in turn: behind a project with a hundred requests another one's waits for one of them, not for all.
 */
export class FairTurns {
  readonly #nowMs: () => number;
  readonly #lines = new Map<ProjectId, (() => void)[]>();
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
    if (this.#lines.size === 0 && this.#nowMs() >= this.#contestedUntilMs) return;
    await new Promise<void>((resolve) => {
      const line = this.#lines.get(project);
      if (line) line.push(resolve);
      else this.#lines.set(project, [resolve]);
      if (this.#lines.size === 1 && line === undefined) setImmediate(() => this.#serve());
    });
  }

  #serve(): void {
    const [first] = this.#lines;
    if (first === undefined) return;
    const [project, line] = first;
    // To the end of the row of lines, or away when nobody is left in it.
    this.#lines.delete(project);
    const turn = line.shift();
    if (line.length > 0) this.#lines.set(project, line);
    turn?.();
    if (this.#lines.size > 0) setImmediate(() => this.#serve());
  }
}
