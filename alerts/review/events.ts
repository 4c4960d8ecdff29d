import type { IncidentId, ProjectId } from '../../model/ids.ts';

/** What review does, for metrics and log lines. */
export type ReviewEvent =
  | {
      readonly kind: 'review_items_added';
      readonly project: ProjectId;
      readonly queue: string;
      readonly incident: IncidentId | null;
      readonly added: number;
      readonly leftOut: number;
    }
  | { readonly kind: 'review_leases_expired'; readonly items: number }
  | { readonly kind: 'review_items_expired'; readonly items: number }
  | { readonly kind: 'review_claimed'; readonly project: ProjectId; readonly queue: string }
  | {
      readonly kind: 'review_ruled';
      readonly project: ProjectId;
      readonly queue: string;
      readonly ruling: 'confirmed' | 'overturned' | 'unsure';
      /** From the item's creation; wall clock. */
      readonly waitedMs: number;
    }
  | { readonly kind: 'review_undone'; readonly project: ProjectId; readonly queue: string }
  | { readonly kind: 'review_outcome_written'; readonly project: ProjectId; readonly queue: string }
  | { readonly kind: 'review_failed'; readonly step: 'intake' | 'expiry' | 'relay'; readonly error: unknown };
