import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { decisionDetail, decisionList, facets } from '../../api/contract/decisions.ts';
import { explanation } from '../../api/contract/explain.ts';
import { incidentDetail, incidentRow } from '../../api/contract/incidents.ts';
import { documentRow, ledger, session } from '../../api/contract/operate.ts';
import { overview } from '../../api/contract/overview.ts';
import { performance } from '../../api/contract/performance.ts';
import { queueRow, reviewRow } from '../../api/contract/review.ts';
import { sloDetail, sloRow } from '../../api/contract/slos.ts';
import { distribution, heatmap, systemDetail } from '../../api/contract/systems.ts';
import * as decisions from './support/fixtures/decisions.ts';
import * as incidents from './support/fixtures/incidents.ts';
import * as operate from './support/fixtures/operate.ts';
import * as performances from './support/fixtures/performance.ts';
import * as slos from './support/fixtures/slos.ts';
import * as systems from './support/fixtures/systems.ts';

/** The browser tests look at invented answers: these must be answers that the API could give. */
const CASES: readonly (readonly [string, z.ZodType, () => unknown])[] = [
  ['session', session, operate.session],
  ['overview', overview, systems.overview],
  ['system', systemDetail, systems.systemDetail],
  ['heat map', heatmap, systems.heatmap],
  ['numeric distribution', distribution, () => systems.distribution('distance')],
  ['categorical distribution', distribution, () => systems.distribution('carrier')],
  ['performance', performance, performances.performance],
  ['explanation', explanation, performances.explanation],
  ['SLOs', sloRow.array(), slos.sloRows],
  ['SLO', sloDetail, () => slos.sloDetail('flights-correct')],
  ['SLO without data', sloDetail, () => slos.sloDetail('fraud-screen-correct')],
  ['decisions', decisionList, () => decisions.decisionList(new URLSearchParams())],
  ['facets', facets, decisions.facets],
  ['decision', decisionDetail, () => decisions.decisionDetail('AA1006-JFK-20261122')],
  ['incidents', incidentRow.array(), incidents.incidentRows],
  ['incident', incidentDetail, () => incidents.incidentDetail(12)],
  ['ledger', ledger, operate.ledger],
  ['documents', documentRow.array(), operate.documents],
  ['queues', queueRow.array(), operate.queues],
  ['review items', reviewRow.array(), operate.reviewRows],
];

describe('fixtures', () => {
  it.each(CASES)('%s has the shape of the contract', (_name, schema, make) => {
    expect(schema.safeParse(make()).error?.issues ?? []).toEqual([]);
  });
});
