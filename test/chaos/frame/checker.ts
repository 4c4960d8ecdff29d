import { foldLedger, type LedgerEntry, ledgerBalances } from '../../../store/ports/ledger.ts';
import { type Known, keyOf, type Oracle } from './oracle.ts';
import { type Place, TELEMETRY } from './records.ts';

/** A record as it was found again, and how many times. */
export type Shown = {
  readonly place: Place;
  readonly key: string;
  readonly hash: string;
  readonly times: number;
};

export type Observed = {
  readonly shown: readonly Shown[];
  /** All minutes of all projects. */
  readonly ledger: readonly LedgerEntry[];
};

/** What is held against what: the oracle, or a test's own account. */
export type Account = {
  readonly known: ReadonlyMap<string, Known>;
  readonly counts: Pick<Oracle['counts'], 'acknowledgedRecords' | 'acknowledgedRejected'>;
  readonly wrongAnswers: readonly string[];
};

/** Every way in which a promise can be broken; each list is empty, or the run failed. */
export type Verdict = {
  /** Acknowledged, and not there. */
  readonly lost: string[];
  readonly shownTwice: string[];
  /** There, and never sent. */
  readonly invented: string[];
  /** There, and it says something else than what was sent. */
  readonly altered: string[];
  /** The ledger's lines that do not add up, in themselves or with what is stored. */
  readonly ledger: string[];
  readonly wrongAnswers: string[];
};

/** Compares everything with everything. Records that were sent and never acknowledged may be there, once and unchanged. */
export function check(account: Account, observed: Observed): Verdict {
  const found = new Map<string, number>();
  const verdict: Verdict = {
    lost: [],
    shownTwice: [],
    invented: [],
    altered: [],
    ledger: ledgerProblems(account, observed),
    wrongAnswers: [...account.wrongAnswers],
  };
  for (const one of observed.shown) {
    const key = keyOf(one);
    const known = account.known.get(key);
    found.set(key, (found.get(key) ?? 0) + one.times);
    if (!known) verdict.invented.push(key);
    else if (known.record.hash !== one.hash) verdict.altered.push(key);
  }
  for (const [key, times] of found) if (times > 1) verdict.shownTwice.push(key);
  for (const [key, { acknowledged }] of account.known)
    if (acknowledged && !found.has(key)) verdict.lost.push(key);
  return verdict;
}

/** received = stored + rejected + deduplicated + pending, and stored is what the tables hold. */
function ledgerProblems({ counts }: Account, { shown, ledger }: Observed): string[] {
  const problems: string[] = [];
  for (const entry of ledger)
    if (!ledgerBalances(entry)) problems.push(`${entry.signal} ${entry.minuteMs}: ${JSON.stringify(entry)}`);
  const totals = foldLedger(ledger.map((entry) => ({ ...entry, minuteMs: 0 })));
  for (const place of TELEMETRY) {
    const rows = shown.reduce((sum, one) => (one.place === place ? sum + one.times : sum), 0);
    const stored = totals.reduce((sum, entry) => (entry.signal === place ? sum + entry.stored : sum), 0);
    if (rows !== stored) problems.push(`${place}: ${stored} in the ledger, ${rows} in the table`);
  }
  const { received, pending } = ledgerTotals(ledger);
  if (pending !== 0) problems.push(`${pending} records are still pending`);
  // At least: an answer that was lost on its way leaves a request that was taken and not acknowledged.
  const least = counts.acknowledgedRecords + counts.acknowledgedRejected;
  if (received < least) problems.push(`${received} received, though ${least} were acknowledged`);
  return problems;
}

export type LedgerTotals = Readonly<
  Record<'received' | 'stored' | 'rejected' | 'deduplicated' | 'pending', number>
>;

export function ledgerTotals(ledger: readonly LedgerEntry[]): LedgerTotals {
  const totals = { received: 0, stored: 0, rejected: 0, deduplicated: 0, pending: 0 };
  for (const entry of ledger) {
    totals.received += entry.received;
    totals.stored += entry.stored;
    totals.deduplicated += entry.deduplicated;
    totals.pending += entry.pending;
    for (const count of Object.values(entry.rejected)) totals.rejected += count;
  }
  return totals;
}
