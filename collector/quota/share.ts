import type { ProjectId } from '../../model/ids.ts';
import type { BudgetShare, ByteBudget } from '../http/budget.ts';

/** Of the bytes in flight, what one project may hold: nearly all while it is alone, half while others hold some. */
const ALONE_SHARE = 15 / 16;
const CONTESTED_SHARE = 1 / 2;

/** Memory for bodies, so that a project with many open requests leaves room for the next one's first. */
export class FairBudget {
  readonly #budget: ByteBudget;
  readonly #limitBytes: number;
  readonly #held = new Map<ProjectId, number>();

  constructor(budget: ByteBudget, limitBytes: number) {
    this.#budget = budget;
    this.#limitBytes = limitBytes;
  }

  open(project: ProjectId): BudgetShare {
    const share = this.#budget.open();
    let ownBytes = 0;
    return {
      take: (bytes) => {
        const heldBytes = this.#held.get(project) ?? 0;
        const others = this.#held.size - (this.#held.has(project) ? 1 : 0);
        const mostBytes = this.#limitBytes * (others > 0 ? CONTESTED_SHARE : ALONE_SHARE);
        if (bytes > 0 && heldBytes + bytes > mostBytes) return 'exhausted';
        const granted = share.take(bytes);
        if (granted === 'granted' && bytes > 0) {
          this.#held.set(project, heldBytes + bytes);
          ownBytes += bytes;
        }
        return granted;
      },
      giveBack: () => {
        share.giveBack();
        const restBytes = (this.#held.get(project) ?? 0) - ownBytes;
        if (restBytes > 0) this.#held.set(project, restBytes);
        else this.#held.delete(project);
        ownBytes = 0;
      },
    };
  }
}
