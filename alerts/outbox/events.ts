import type { ProjectId } from '../../model/ids.ts';
import type { NotificationReason } from '../../store/ports/outbox.ts';

type Of = {
  readonly project: ProjectId;
  readonly incident: number;
  readonly channel: string;
  readonly reason: NotificationReason;
  readonly attempt: number;
};

/** What the outbox does, for metrics and log lines. `error` holds no secret. */
export type OutboxEvent =
  | ({ readonly kind: 'delivery_sent'; readonly tookMs: number } & Of)
  | ({ readonly kind: 'delivery_retried'; readonly error: string; readonly atMs: number } & Of)
  | ({ readonly kind: 'delivery_dead'; readonly error: string } & Of)
  /** The lease ran out before the result was written: another attempt has been begun meanwhile. */
  | ({ readonly kind: 'delivery_lease_lost' } & Of)
  | { readonly kind: 'breaker_opened'; readonly project: ProjectId; readonly channel: string }
  | { readonly kind: 'outbox_failed'; readonly error: unknown };
