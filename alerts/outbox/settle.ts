import type { TimelineKind } from '../../model/incident.ts';
import type { IncidentStore } from '../../store/ports/incidents.ts';
import type { LiveBus } from '../../store/ports/live.ts';
import type { Delivery, NotificationReason, OutboxStore, Settled } from '../../store/ports/outbox.ts';
import type { PostgresDb, PostgresTx } from '../../store/ports/postgres.ts';
import { oneLine } from '../channels/text.ts';
import type { OutboxEvent } from './events.ts';

export type SettleDeps = {
  readonly db: PostgresDb;
  readonly outbox: OutboxStore;
  readonly incidents: Pick<IncidentStore, 'get' | 'append'>;
  readonly live: Pick<LiveBus, 'publish'>;
  readonly nowMs: () => number;
  readonly emit: (event: OutboxEvent) => void;
};
export type Settler = {
  sent(delivery: Delivery, note: string, tookMs: number): Promise<void>;
  retry(delivery: Delivery, error: string, atMs: number): Promise<void>;
  dead(delivery: Delivery, error: string): Promise<void>;
};

const ERROR_CHARS = 500;
const NEWS: Readonly<Record<NotificationReason, string>> = {
  opened: 'that it opened',
  escalated: 'that it grew worse',
  action: 'what was done',
  resolved: 'that it is over',
};

/** Writes what an attempt came to: the delivery's state, the incident's timeline and the live hint in one transaction. */
export function createSettler(deps: SettleDeps): Settler {
  const { outbox, emit } = deps;
  const final = async (
    delivery: Delivery,
    entry: { readonly kind: TimelineKind; readonly sentence: string; readonly error: string },
    mark: (tx: PostgresTx) => Promise<Settled>,
  ): Promise<Settled> => {
    const { message, channel, id, attempts } = delivery;
    const nowMs = deps.nowMs();
    return deps.db.transaction(async (tx) => {
      // The incident first: whoever changes it locks it before its deliveries, and so must we.
      await deps.incidents.get(message.project, message.incident, tx);
      const settled = await mark(tx);
      if (settled === 'lost') return settled;
      const details = { channel, delivery: id, attempts, error: entry.error };
      const { kind, sentence } = entry;
      const line = { atMs: message.atMs, kind, by: 'leeway', sentence, details };
      await deps.incidents.append(message.incident, [line], nowMs, tx);
      await deps.live.publish(message.project, 'incident', String(message.incident), nowMs, tx);
      return settled;
    });
  };
  const report = (settled: Settled, delivery: Delivery, event: OutboxEvent): void =>
    emit(settled === 'lost' ? { kind: 'delivery_lease_lost', ...of(delivery) } : event);

  return {
    async sent(delivery, note, tookMs) {
      const extra = note === '' ? '' : ` (${note})`;
      const sentence = `Told ${delivery.channel} ${NEWS[delivery.message.reason]}${extra}.`;
      const settled = await final(delivery, { kind: 'notified', sentence, error: note }, (tx) =>
        outbox.sent(delivery, note, deps.nowMs(), tx),
      );
      report(settled, delivery, { kind: 'delivery_sent', tookMs, ...of(delivery) });
    },
    async retry(delivery, reason, atMs) {
      const error = oneLine(reason, ERROR_CHARS);
      const settled = await outbox.retry(delivery, error, atMs);
      report(settled, delivery, { kind: 'delivery_retried', error, atMs, ...of(delivery) });
    },
    async dead(delivery, reason) {
      const error = oneLine(reason, ERROR_CHARS);
      const sentence = `Could not tell ${delivery.channel} ${NEWS[delivery.message.reason]}: ${error}.`;
      const settled = await final(delivery, { kind: 'notification_failed', sentence, error }, (tx) =>
        outbox.dead(delivery, error, tx),
      );
      report(settled, delivery, { kind: 'delivery_dead', error, ...of(delivery) });
    },
  };
}

const of = ({ message, channel, attempts }: Delivery) => ({
  project: message.project,
  incident: message.incident,
  channel,
  reason: message.reason,
  attempt: attempts,
});
