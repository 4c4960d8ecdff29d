import type { ProjectId } from '../../model/ids.ts';
import type { TelemetryTable } from './loads.ts';

/** Each signal has a table. */
export type LedgerSignal = TelemetryTable;

/** What came in during one minute (of receipt): received = stored + rejected + deduplicated + pending. */
export type LedgerEntry = {
  readonly project: ProjectId;
  readonly minuteMs: number;
  readonly signal: LedgerSignal;
  readonly received: number;
  readonly stored: number;
  readonly deduplicated: number;
  /** By reason; see collector/reasons.ts. */
  readonly rejected: Readonly<Record<string, number>>;
  /** On disk in the spool, not in the store yet. */
  readonly pending: number;
  /** Attributes of its records that say where these belong or how they came: replaced by what the credential says. */
  readonly overwritten?: number;
};

export interface LedgerStore {
  /** Writes what became of one batch. Recording the same batch again changes nothing. */
  record(batch: string, entries: readonly LedgerEntry[]): Promise<void>;
  /** [fromMs, toMs), oldest first, one entry per minute and signal. */
  read(project: ProjectId, fromMs: number, toMs: number): Promise<LedgerEntry[]>;
}

/** Folds entries of the same project, minute and signal into one: what is stored and what is still in the spool. */
export function foldLedger(entries: readonly LedgerEntry[]): LedgerEntry[] {
  const folded = new Map<string, LedgerEntry>();
  for (const entry of entries) {
    const key = `${entry.project}\n${entry.minuteMs}\n${entry.signal}`;
    const before = folded.get(key);
    folded.set(key, before ? addEntries(before, entry) : entry);
  }
  return [...folded.values()].sort((a, b) => a.minuteMs - b.minuteMs || a.signal.localeCompare(b.signal));
}

function addEntries(a: LedgerEntry, b: LedgerEntry): LedgerEntry {
  const rejected: Record<string, number> = { ...a.rejected };
  for (const [reason, count] of Object.entries(b.rejected))
    rejected[reason] = (rejected[reason] ?? 0) + count;
  return {
    ...a,
    received: a.received + b.received,
    stored: a.stored + b.stored,
    deduplicated: a.deduplicated + b.deduplicated,
    pending: a.pending + b.pending,
    overwritten: (a.overwritten ?? 0) + (b.overwritten ?? 0),
    rejected,
  };
}

/** Every record that came in is accounted for. */
export function ledgerBalances(entry: LedgerEntry): boolean {
  const rejected = Object.values(entry.rejected).reduce((sum, count) => sum + count, 0);
  return entry.received === entry.stored + rejected + entry.deduplicated + entry.pending;
}
