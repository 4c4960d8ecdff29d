import type { PostgresTx } from '../ports/postgres.ts';

const JOURNAL_LOCK = 4_920_114;

/**
 * Audit entries and live events take turns until their transaction ends, so that numbers are in the order of commits:
 * a chain can look at the entry before, and a reader who has seen event 7 has seen 6. One lock for both, so that two
 * transactions that write them in different orders cannot wait for each other.
 */
export async function takeJournalTurn(tx: PostgresTx): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock($1)', [JOURNAL_LOCK]);
}
