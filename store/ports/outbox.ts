import type { Severity } from '../../model/finding.ts';
import type { IncidentId, ProjectId, SystemName } from '../../model/ids.ts';
import type { IncidentState } from '../../model/incident.ts';
import type { PostgresTx } from './postgres.ts';

/** Why people are told. `action`: something was done, proposed, refused or did not help. */
export const NOTIFICATION_REASONS = ['opened', 'escalated', 'action', 'resolved'] as const;
export type NotificationReason = (typeof NOTIFICATION_REASONS)[number];

/** What a person needs at 3 am, frozen when it was decided: a retry hours later says what was true then. */
export type NotificationMessage = {
  readonly project: ProjectId;
  readonly system: SystemName;
  readonly incident: IncidentId;
  readonly title: string;
  readonly severity: Severity;
  readonly state: IncidentState;
  readonly reason: NotificationReason;
  /** What happened just now. */
  readonly sentence: string;
  /** Event times: of what is told, and since when it has been so. */
  readonly atMs: number;
  readonly onsetMs: number;
  /** What moved, worst first; bounded, the rest is counted. */
  readonly signals: readonly NotificationSignal[];
  readonly signalsLeftOut: number;
  /** Decisions made since the onset by what is at fault; null when nobody counted them. */
  readonly affectedDecisions: number | null;
  /** What Leeway did, proposes, or would have done. */
  readonly actions: readonly string[];
};
export type NotificationSignal = {
  readonly subject: string;
  readonly statistic: string;
  readonly value: number | null;
  readonly limit: number | null;
  readonly n: number;
  readonly firing: boolean;
  readonly sinceMs: number;
  readonly sentence: string;
};

export const DELIVERY_STATES = ['queued', 'sending', 'sent', 'dead', 'superseded'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export type NewDelivery = {
  /** The idempotency key of every attempt. */
  readonly id: string;
  readonly channel: string;
  /** With incident, channel and reason it is unique: enqueuing the same news again changes nothing. */
  readonly sequence: number;
  readonly message: NotificationMessage;
};

export type Delivery = NewDelivery & {
  readonly state: DeliveryState;
  /** Counts claims. It is the fence, too: what an attempt reports is taken only while no later attempt was begun. */
  readonly attempts: number;
  readonly nextAttemptAtMs: number;
  readonly lastError: string;
  readonly createdAtMs: number;
  readonly sentAtMs: number | null;
};

export type DeliveryChannel = { readonly project: ProjectId; readonly channel: string };

/** What an attempt came to. `lost`: its lease ran out and another attempt was begun; nothing was written. */
export type Settled = 'settled' | 'lost';

/**
 * Notifications, written in the transaction of the change that they tell. All times are wall clock.
 * Per incident and channel they leave in the order in which they were written.
 */
export interface OutboxStore {
  /**
   * Repeats are ignored. News that says `resolved` supersedes what is queued for its incident and channel,
   * unless something was told there already: then both go, in order.
   */
  enqueue(deliveries: readonly NewDelivery[], nowMs: number, tx: PostgresTx): Promise<{ queued: number }>;
  /** Channels for which something is due. */
  dueChannels(nowMs: number): Promise<DeliveryChannel[]>;
  /** Takes the oldest due delivery of the channel: queued, or left in `sending` by a worker whose lease ran out. */
  claim(of: DeliveryChannel, leaseMs: number, nowMs: number): Promise<Delivery | undefined>;
  sent(delivery: Delivery, note: string, nowMs: number, tx: PostgresTx): Promise<Settled>;
  retry(delivery: Delivery, error: string, nextAttemptAtMs: number): Promise<Settled>;
  dead(delivery: Delivery, error: string, tx: PostgresTx): Promise<Settled>;
  /** Of an incident, oldest first. */
  list(project: ProjectId, incident: IncidentId): Promise<Delivery[]>;
  /** Channels that were told of the incident, or are about to be. */
  toldChannels(incident: IncidentId, tx: PostgresTx): Promise<string[]>;
  counts(): Promise<Readonly<Record<DeliveryState, number>>>;
}
