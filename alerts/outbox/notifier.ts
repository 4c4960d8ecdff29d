import { affectedBy } from '../../model/affected.ts';
import type { DocumentStore } from '../../store/ports/documents.ts';
import type { GateStore } from '../../store/ports/gates.ts';
import type { OutboxStore } from '../../store/ports/outbox.ts';
import type { PostgresTx } from '../../store/ports/postgres.ts';
import { type CountAffected, countedInTime } from './affected.ts';
import { type Addressing, messageOf, type News, notificationsFor } from './notifications.ts';

export type NotifierDeps = {
  readonly outbox: OutboxStore;
  readonly documents: Pick<DocumentStore, 'list'>;
  /** Without them news says that affected decisions were not counted. */
  readonly affected?: { readonly gates: Pick<GateStore, 'get'>; readonly count: CountAffected };
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
export function createNotifier({ outbox, documents, affected, newId }: NotifierDeps): EnqueueNotifications {
  return async (tx, news, nowMs) => {
    const { incident, reason, sequence } = news;
    const stored = await documents.list(incident.project, 'Channel');
    const channels = stored.map(({ document }) => ({ name: document.metadata.name, spec: document.spec }));
    const told = new Set(await outbox.toldChannels(incident.id, tx));
    const addressing = notificationsFor(incident, reason, channels, told);
    const addressed = addressing.filter(({ kind }) => kind === 'notify');
    const counted = addressed.length > 0 ? await countAffected(affected, news) : null;
    const message = messageOf({ affectedDecisions: counted, ...news });
    const deliveries = addressed.map(({ channel }) => ({ id: newId(), channel, sequence, message }));
    const { queued } = await outbox.enqueue(deliveries, nowMs, tx);
    return { queued, addressing };
  };
}

async function countAffected(
  affected: NotifierDeps['affected'],
  { incident, actions = [], atMs }: News,
): Promise<number | null> {
  if (affected === undefined) return null;
  const { project, system, resolvedAtMs } = incident;
  const count = async (): Promise<number> => {
    const gate = await affected.gates.get(project, system);
    const of = affectedBy(incident, gate, actions);
    return affected.count({ project, system, ...of, untilMs: resolvedAtMs ?? atMs });
  };
  return countedInTime(count());
}
