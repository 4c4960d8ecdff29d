import type { FindingDraft } from '../finding-draft.ts';

/** Where a monitor goes on: what it saved when it last ran. */
export type RunFrom = {
  /** Its name: a reference that was accepted under it stands in for its own. */
  readonly monitor: string;
  /** Of its document. */
  readonly version: number;
  readonly evaluatedUntilMs: number | undefined;
  readonly state: Readonly<Record<string, unknown>>;
};

/** What one monitor did in one tick. */
export type MonitorRun =
  | { readonly kind: 'nothing_due' }
  | {
      readonly kind: 'evaluated';
      readonly drafts: readonly FindingDraft[];
      readonly state: Readonly<Record<string, unknown>>;
      readonly evaluatedUntilMs: number;
      /** More windows are due already. */
      readonly more: boolean;
    };
