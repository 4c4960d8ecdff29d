import type { DeliveryResult } from '../../alerts/channels/channel.ts';
import type { OutboxEvent } from '../../alerts/outbox/events.ts';
import { createOutboxWorker, type OutboxWorker } from '../../alerts/outbox/worker.ts';
import { systemName } from '../../model/ids.ts';
import type { Incident } from '../../model/incident.ts';
import type { NewIncident } from '../../store/ports/incidents.ts';
import type { NotificationMessage, OutboxStore } from '../../store/ports/outbox.ts';
import type { PostgresDb } from '../../store/ports/postgres.ts';
import { createAuditLog } from '../../store/postgres/audit.ts';
import { createDocumentStore } from '../../store/postgres/documents.ts';
import { createGateStore } from '../../store/postgres/gates.ts';
import { createIncidentStore } from '../../store/postgres/incidents.ts';
import { createLiveBus } from '../../store/postgres/live.ts';
import { createOutbox } from '../../store/postgres/outbox.ts';
import { createReviewStore } from '../../store/postgres/review.ts';
import { incident, PROJECT } from './fixtures.ts';

/** Every control store that people's work touches, on one database. */
export function storesOn(db: PostgresDb) {
  const audit = createAuditLog(db);
  const live = createLiveBus(db);
  return {
    db,
    audit,
    live,
    documents: createDocumentStore(db, audit, live),
    gates: createGateStore(db, { audit, live }),
    incidents: createIncidentStore(db),
    outbox: createOutbox(db),
    review: createReviewStore(db),
  };
}
export type Stores = ReturnType<typeof storesOn>;

/** One incident that is not resolved per system: so each test has a system of its own. */
export function openIncident(stores: Stores, system: string): Promise<Incident> {
  const { id: _, revision: __, ...rest } = incident;
  const fresh: NewIncident = { ...rest, system: systemName.parse(system) };
  return stores.db.transaction((tx) => stores.incidents.create(fresh, tx));
}

export const applyChannel = (stores: Stores, name: string, spec: Record<string, unknown>) =>
  stores.documents.apply(
    PROJECT,
    [{ apiVersion: 'leeway.dev/v1', kind: 'Channel', metadata: { name }, spec } as never],
    'test',
    0,
  );

export const WEBHOOK = { kind: 'webhook', url: 'https://example.org/', secretEnv: 'S' } as const;

type Deliver = (message: NotificationMessage, id: string, attempt: number) => Promise<DeliveryResult>;
export type WorkerSetting = {
  readonly clock: { nowMs: number };
  /** By the host of the channel's URL. */
  readonly deliver: Readonly<Record<string, Deliver>>;
  readonly outbox?: OutboxStore;
  readonly random?: () => number;
};

/** A worker whose channels are functions; the store, the documents and the timeline are real. */
export function workerOn(stores: Stores, setting: WorkerSetting): OutboxWorker & { events: OutboxEvent[] } {
  const events: OutboxEvent[] = [];
  const worker = createOutboxWorker({
    ...stores,
    outbox: setting.outbox ?? stores.outbox,
    openChannel: (spec) => {
      const host = spec.kind === 'webhook' ? new URL(spec.url).hostname : spec.host;
      const deliver = setting.deliver[host];
      if (deliver === undefined) return { kind: 'unusable', reason: `no receiver at ${host}` };
      return {
        kind: 'ready',
        channel: { deliver: (message, id, { number }) => deliver(message, id, number) },
      };
    },
    nowMs: () => setting.clock.nowMs,
    random: setting.random ?? (() => 0.5),
    emit: (event) => events.push(event),
  });
  return { ...worker, events };
}
