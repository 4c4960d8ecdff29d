import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createNotifier } from '../../alerts/outbox/notifier.ts';
import { createReview } from '../../alerts/review/review.ts';
import { createAlerts } from '../../alerts/run.ts';
import type { DocumentInput } from '../../model/documents/document.ts';
import { decisionId } from '../../model/ids.ts';
import { DAY_MS } from '../../model/time.ts';
import type { AffectedDecisions, ReviewSource } from '../../store/ports/review.ts';
import { createOutbox } from '../../store/postgres/outbox.ts';
import { createReviewStore } from '../../store/postgres/review.ts';
import { freshPostgres } from '../support/stores.ts';
import { finding, minute } from './findings.ts';
import { buildHouse, judged, newTelemetry, PROJECT, policy, slo } from './house.ts';

const webhook: DocumentInput = {
  apiVersion: 'leeway.dev/v1',
  kind: 'Channel',
  metadata: { name: 'ops' },
  spec: { kind: 'webhook', url: 'https://ops.example/leeway', secretEnv: 'OPS_SECRET' },
};

/** Five decisions of version 2, one in each of the first minutes. */
const decisions = Array.from({ length: 5 }, (_, n) => ({
  decisionId: decisionId.parse(`d${n}`),
  value: 'hold',
  timeMs: minute(n),
}));
const affected = (of: AffectedDecisions) =>
  of.modelVersion === 'v2' ? decisions.filter(({ timeMs }) => timeMs >= of.sinceMs) : [];
const source: ReviewSource = {
  arrivals: async () => ({ systems: [], cursors: {} }),
  pickArrivals: async () => [],
  countAffected: async (of) => affected(of).length,
  pickAffected: async (of, { limit }) => affected(of).slice(0, limit),
  valuesOf: async () => ['hold', 'go'],
};

describe('incidents with the outbox and the review queue', () => {
  it('tell the channels, and fill the queue, in the transactions that make it so', async () => {
    const db = await freshPostgres();
    const told = newTelemetry();
    const house = buildHouse(db, told);
    const outbox = createOutbox(db);
    const store = createReviewStore(db);
    const { documents, gates, audit, live } = house;
    const common = {
      db,
      documents,
      gates,
      audit,
      live,
      nowMs: Date.now,
      newId: randomUUID,
      emit: () => undefined,
    };
    const review = createReview({
      ...common,
      store,
      source,
      telemetry: { insertRows: async () => undefined },
      incidents: house.deps.incidents,
      projects: [PROJECT],
      instance: 'test',
    });
    const enqueueNotifications = createNotifier({
      ...{ outbox, documents, newId: randomUUID },
      // The serving version after the flip is v1, but v2 is the one at fault.
      affected: { gates, count: async (of) => affected(of).length },
    });
    const alerts = createAlerts({ ...house.deps, enqueueNotifications, routeToReview: review.routeToReview });
    await house.apply(slo(), policy('auto', 'auto'), webhook);
    await house.deploy('v1', minute(0) - 9 * DAY_MS);
    await house.deploy('v2', minute(0));
    told.minutes.push(...judged('v2', 0, 60, 0.4));
    told.watermarkMs = minute(60);
    told.findings.push(finding({ verdict: 'burning', at: 60, onsetMs: minute(2) }));
    await alerts.tickOnce();

    const incident = await house.open();
    if (!incident) throw new Error('there should be one');
    const deliveries = await outbox.list(PROJECT, incident.id);
    expect(deliveries.map(({ channel, message }) => `${channel} ${message.reason}`)).toEqual([
      'ops opened',
      'ops action',
    ]);
    // Minutes 2, 3 and 4: the decisions of the version at fault since the onset.
    expect(deliveries.map(({ message }) => message.affectedDecisions)).toEqual([3, 3]);
    expect(deliveries[1]?.message.sentence).toContain('Rolled back: flights serves v1 instead of v2');
    expect(await review.reads.incidentCounts(PROJECT, incident.id)).toMatchObject({ waiting: 3, leftOut: 0 });
    expect(await house.timeline(incident.id)).toEqual([
      'opened',
      'action_done',
      'action_started',
      'routed_to_review',
    ]);
    expect(await house.audit.verify()).toMatchObject({ intact: true });
  });
});
