import type { ProjectId } from '../../model/ids.ts';

/** One line of waiting per project, and the lines are served in turn. */
export class FairLines<T> {
  readonly #lines = new Map<ProjectId, T[]>();

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  add(project: ProjectId, one: T): void {
    const line = this.#lines.get(project);
    if (line) line.push(one);
    else this.#lines.set(project, [one]);
  }

  /** Whose turn it is; undefined when nobody waits. */
  next(): T | undefined {
    const [first] = this.#lines;
    if (first === undefined) return undefined;
    const [project, line] = first;
    // To the end of the row of lines, or away when nobody is left in it.
    this.#lines.delete(project);
    const one = line.shift();
    if (line.length > 0) this.#lines.set(project, line);
    return one;
  }
}
