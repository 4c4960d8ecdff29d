import type { SloRow } from '../../lib/api/contract.ts';
import { share } from '../../lib/data/format.ts';
import { longDuration } from '../../lib/time/format-time.ts';

/** When the budget ends at the present rate. */
export function exhaustionText(row: Pick<SloRow, 'budgetRemaining' | 'exhaustionMs'>): string {
  if (row.budgetRemaining === null) return 'not known';
  if (row.budgetRemaining <= 0) return 'already';
  if (row.exhaustionMs === null) return 'not in sight';
  return `in ${longDuration(row.exhaustionMs)}`;
}

export function budgetSentence(remaining: number | null): string {
  if (remaining === null) return 'Too few events to tell what is left of the budget';
  return remaining < 0
    ? `The budget is overspent by ${share(-remaining)}`
    : `${share(remaining)} of the budget is left`;
}
