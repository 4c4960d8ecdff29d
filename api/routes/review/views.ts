import type { QueueState } from '../../../alerts/review/review.ts';
import type { ReviewItem } from '../../../model/review.ts';
import type { QueueRow, ReviewRow } from '../../contract/review.ts';

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

export const rowView = (item: ReviewItem): ReviewRow => ({
  id: item.id,
  system: item.system,
  queue: item.queue,
  decisionId: item.decisionId,
  incident: item.incident,
  reason: item.reason,
  state: item.state,
  priority: item.priority,
  createdAt: iso(item.createdAtMs),
  dueAt: iso(item.dueAtMs),
  claimedBy: item.claimedBy,
  leaseUntil: isoOrNull(item.leaseUntilMs),
  ruling: item.ruling,
  ruledBy: item.ruledBy,
  ruledAt: isoOrNull(item.ruledAtMs),
});

export const queueView = (state: QueueState, nowMs: number): QueueRow => ({
  name: state.queue,
  description: state.description,
  waiting: state.waiting,
  claimed: state.claimed,
  ruledToday: state.ruledSince,
  overturnedToday: state.overturnedSince,
  oldestMs: state.oldestCreatedAtMs === null ? null : Math.max(0, nowMs - state.oldestCreatedAtMs),
  leftOut: state.leftOut,
  capacity: state.capacity,
});
