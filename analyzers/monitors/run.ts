import type { FindingDraft } from '../finding-draft.ts';

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
