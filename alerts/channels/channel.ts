import type { NotificationMessage } from '../../store/ports/outbox.ts';

export type DeliveryAttempt = {
  /** From 1. */
  readonly number: number;
  /** Wall clock; a signature's timestamp is fresh in every attempt. */
  readonly nowMs: number;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
};

export type DeliveryResult =
  /** The receiver has it. `note` is what it said besides, '' when nothing. */
  | { readonly kind: 'sent'; readonly note: string }
  /** Perhaps later. `afterMs`: the receiver said when. */
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number }
  /** Never, this way. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The receiver wants nothing more, this or any other. */
  | { readonly kind: 'gone'; readonly reason: string };

/**
 * A way to tell people. The idempotency key is the same in every attempt of a delivery, so that a receiver
 * recognises a repeat. Never throws: what the world did wrong is a result.
 */
export interface Channel {
  deliver(
    message: NotificationMessage,
    idempotencyKey: string,
    attempt: DeliveryAttempt,
  ): Promise<DeliveryResult>;
}

/** A channel document made usable, or what is missing in words that hold no secret. */
export type ChannelOpening =
  | { readonly kind: 'ready'; readonly channel: Channel }
  | { readonly kind: 'unusable'; readonly reason: string };

/** The value of an environment variable (or of the file that it names); undefined when it is not set. */
export type SecretReader = (name: string) => string | undefined;

/** How long an attempt may take in all, per kind of channel; the worker's lease is longer. */
export const DEADLINE_MS = { mail: 30_000, webhook: 15_000 } as const;
