import type { DocumentStore } from '../../store/ports/documents.ts';
import type { OutboxStore } from '../../store/ports/outbox.ts';
import type { PostgresTx } from '../../store/ports/postgres.ts';
import { type Addressing, messageOf, type News, notificationsFor } from './notifications.ts';

export type NotifierDeps = {
  readonly outbox: OutboxStore;
  readonly documents: Pick<DocumentStore, 'list'>;
  /** UUIDs; each becomes a delivery's idempotency key. */
  readonly newId: () => string;
};

export type EnqueueNotifications = (
  tx: PostgresTx,
  news: News,
  nowMs: number,
) => Promise<{ readonly queued: number; readonly addressing: readonly Addressing[] }>;

/**
 * Writes the news for every channel that gets it, in the transaction that made it news. Repeating it (same
 * incident, reason, sequence) changes nothing.
 */
export function createNotifier({ outbox, documents, newId }: NotifierDeps): EnqueueNotifications {
  return async (tx, news, nowMs) => {
    const { incident, reason, sequence } = news;
    const stored = await documents.list(incident.project, 'Channel');
    const channels = stored.map(({ document }) => ({ name: document.metadata.name, spec: document.spec }));
    const told = new Set(await outbox.toldChannels(incident.id, tx));
    const addressing = notificationsFor(incident, reason, channels, told);
    const message = messageOf(news);
    const deliveries = addressing
      .filter(({ kind }) => kind === 'notify')
      .map(({ channel }) => ({ id: newId(), channel, sequence, message }));
    const { queued } = await outbox.enqueue(deliveries, nowMs, tx);
    return { queued, addressing };
  };
}
