import type { SloRow } from '../../lib/api/contract.ts';
import { longDuration } from '../../lib/time/format-time.ts';

/** When the budget ends at the present rate. */
export function exhaustionText(row: Pick<SloRow, 'budgetRemaining' | 'exhaustionMs'>): string {
  if (row.budgetRemaining === null) return 'not known';
  if (row.budgetRemaining <= 0) return 'already';
  if (row.exhaustionMs === null) return 'not in sight';
  return `in ${longDuration(row.exhaustionMs)}`;
}
