import type { ProjectId } from '../model/ids.ts';
import { foldLedger, type LedgerEntry, type LedgerStore } from '../store/ports/ledger.ts';
import type { Intake, Refusal, SetAside } from './deps.ts';

/** What a collector in this process knows and the store does not yet. A web process without one gives `nothing`. */
export type LocalIntake = {
  readonly pending: () => readonly LedgerEntry[];
  readonly refusals: () => readonly (Refusal & { readonly project: ProjectId })[];
  /** Segments, or damaged pieces of them, that wait for a person. */
  readonly setAside?: () => Promise<readonly SetAside[]>;
};
export const NO_LOCAL_INTAKE: LocalIntake = { pending: () => [], refusals: () => [] };

/** The ledger as a person reads it: what is stored and what still lies in the spool, in one line per minute and signal. */
export function createIntake(
  ledger: Pick<LedgerStore, 'read'>,
  local: LocalIntake,
  /** What the store could not read and set aside. */
  brokenParts: () => Promise<readonly SetAside[]> = async () => [],
): Intake {
  const pendingOf = (project: ProjectId) => local.pending().filter((entry) => entry.project === project);
  return {
    entries: async (project, fromMs, toMs) => {
      const inRange = pendingOf(project).filter((one) => one.minuteMs >= fromMs && one.minuteMs < toMs);
      return foldLedger([...(await ledger.read(project, fromMs, toMs)), ...inRange]);
    },
    pendingRecords: (project) => pendingOf(project).reduce((sum, entry) => sum + entry.pending, 0),
    setAside: async () => [...(await brokenParts()), ...((await local.setAside?.()) ?? [])],
    refusals: (project) => local.refusals().filter((one) => one.project === project),
  };
}
