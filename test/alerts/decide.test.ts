import { describe, expect, it } from 'vitest';
import { withoutByDesign } from '../../alerts/decide/by-design.ts';
import { containment } from '../../alerts/decide/containment.ts';
import { signalKey } from '../../alerts/decide/signals.ts';
import { suspicion, type VersionEvidence } from '../../alerts/decide/suspect.ts';
import { transition } from '../../alerts/decide/transition.ts';
import { type TargetEvidence, verify } from '../../alerts/decide/verify.ts';
import type { Action } from '../../model/action.ts';
import type { Gate, ModelVersion } from '../../model/gate.ts';
import { DEFAULT_PROJECT, incidentId, systemName } from '../../model/ids.ts';
import type { Incident, Signal } from '../../model/incident.ts';
import { DAY_MS, HOUR_MS } from '../../model/time.ts';
import { finding, minute } from './findings.ts';

function incidentOf(...sketches: Parameters<typeof finding>[0][]): Incident {
  let incident: Incident | undefined;
  for (const one of sketches.map(finding)) {
    const step = transition(incident, undefined, one, signalKey(one));
    if (step.kind === 'opened')
      incident = { ...step.incident, id: incidentId.parse(1), judged: 'not_judged', revision: 1 };
    else if (step.kind !== 'unchanged') incident = step.incident;
  }
  if (!incident) throw new Error('no finding fired');
  return incident;
}
const signalAt = (sinceMs: number, modelVersion = ''): Signal => {
  const [signal] = incidentOf({ verdict: 'burning', at: 60, onsetMs: sinceMs, modelVersion }).signals;
  if (!signal) throw new Error('no signal');
  return signal;
};

const system = systemName.parse('flights');
const serving = (liveSinceMs: number | null): ModelVersion => ({
  project: DEFAULT_PROJECT,
  system,
  version: 'v2',
  status: 'live',
  firstSeenMs: 0,
  liveSinceMs,
  note: '',
});

const NONE = { good: 0, total: 0 };
/** An objective of 95 %, and 400 events since the onset of which 160 (40 %) were bad. */
const bad: NonNullable<VersionEvidence> = {
  objective: { good: 95n, of: 100n },
  since: { good: 240, total: 400 },
  before: NONE,
  others: NONE,
};

describe('who is suspect', () => {
  const cases: [string, Parameters<typeof suspicion>, string][] = [
    ['young, bad from the start', [serving(minute(0)), signalAt(minute(10)), bad, 200], 'suspect'],
    ['nobody serves', [undefined, signalAt(minute(10)), bad, 200], 'version_not_suspect'],
    [
      'never went live by a deployment',
      [serving(null), signalAt(minute(10)), bad, 200],
      'version_not_suspect',
    ],
    [
      'another version is meant',
      [serving(minute(0)), signalAt(minute(10), 'v1'), bad, 200],
      'version_not_serving',
    ],
    ['this version is meant', [serving(minute(0)), signalAt(minute(10), 'v2'), bad, 200], 'suspect'],
    ['seven days old to the millisecond', [serving(0), signalAt(7 * DAY_MS), null, 200], 'suspect'],
    ['older', [serving(0), signalAt(7 * DAY_MS + 1), null, 200], 'version_not_suspect'],
    ['onset six hours before it', [serving(6 * HOUR_MS), signalAt(0), null, 200], 'suspect'],
    ['onset earlier still', [serving(6 * HOUR_MS + 1), signalAt(0), null, 200], 'began_before_version'],
    ['too few events of its own', [serving(minute(0)), signalAt(minute(10)), bad, 401], 'not_enough_events'],
    [
      'within its objective',
      [serving(minute(0)), signalAt(minute(10)), { ...bad, since: { good: 380, total: 400 } }, 200],
      'version_not_suspect',
    ],
    [
      // 20 % bad before, 40 % since: half, which is clearly better.
      'was clearly better before the onset',
      [serving(minute(0)), signalAt(minute(1_440)), { ...bad, before: { good: 160, total: 200 } }, 200],
      'version_was_healthy',
    ],
    [
      'was hardly better before the onset',
      [serving(minute(0)), signalAt(minute(1_440)), { ...bad, before: { good: 159, total: 200 } }, 200],
      'suspect',
    ],
    [
      'was better for less than a day: that may have been the night',
      [serving(minute(0)), signalAt(minute(1_439)), { ...bad, before: { good: 200, total: 200 } }, 200],
      'suspect',
    ],
    [
      // 20.5 % bad before, 40 % since.
      'others burned as badly, or nearly, before it came',
      [serving(minute(0)), signalAt(minute(-60)), { ...bad, others: { good: 159, total: 200 } }, 200],
      'began_before_version',
    ],
    [
      'others burned a little before it came',
      [serving(minute(0)), signalAt(minute(-60)), { ...bad, others: { good: 160, total: 200 } }, 200],
      'suspect',
    ],
    [
      'others were fine before it came',
      [serving(minute(0)), signalAt(minute(-60)), { ...bad, others: { good: 190, total: 200 } }, 200],
      'suspect',
    ],
  ];
  it.each(cases)('%s', (_name, given, expected) => {
    const result = suspicion(...given);
    expect(result.kind === 'suspect' ? 'suspect' : result.reason).toBe(expected);
  });
});

const rollback: Action = {
  id: 'a',
  incident: incidentId.parse(1),
  project: DEFAULT_PROJECT,
  system,
  policy: 'p',
  plan: { kind: 'rollback', fromVersion: 'v2', toVersion: 'v1' },
  mode: 'auto',
  state: 'done',
  sentence: '',
  idempotencyKey: 'k',
  decidedBy: 'leeway',
  atMs: minute(60),
  createdAtMs: 0,
  finishedAtMs: 0,
};
const gate = (route: 'auto' | 'review', atMs = minute(60)): Gate & { atMs: number } => ({
  project: DEFAULT_PROJECT,
  system,
  servingVersion: 'v1',
  route,
  reason: '',
  incident: incidentId.parse(1),
  revision: 3,
  changedAtMs: 0,
  changedBy: 'leeway',
  atMs,
});

describe('did the rollback help', () => {
  const burning = incidentOf({ verdict: 'burning', at: 60, limit: 6 });
  const target = (good: number, total: number, others = 0): TargetEvidence => ({
    counts: { good, total },
    others,
    objective: { good: 95n, of: 100n },
  });
  const ask = (
    nowMs: number,
    evidence: TargetEvidence,
    route: 'auto' | 'review' = 'auto',
    incident = burning,
  ) => verify({ incident, action: rollback, gate: gate(route), afterMs: 6 * HOUR_MS, evidence, nowMs });
  const later = minute(60) + 6 * HOUR_MS;

  it.each([
    ['before its time', ask(later - 1, target(100, 100)), 'waiting'],
    // 29 % bad is 5.8 times the 5 % that are allowed; 30 % is 6 times, at which six hours page.
    ['just below what pages', ask(later, target(71, 100)), 'effective'],
    ['at what pages', ask(later, target(70, 100)), 'ineffective'],
    ['too few events of its own', ask(later, target(99, 99)), 'waiting'],
    ['people decide everything', ask(later, target(0, 0), 'review'), 'trial'],
    ['the flip is still under way', ask(later, target(0, 0, 1), 'review'), 'waiting'],
    ['no versions in the evidence, still burning', ask(later, null), 'waiting'],
    ['four times the span, still burning', ask(minute(60) + 24 * HOUR_MS, null), 'ineffective'],
  ])('%s', (_name, result, expected) => {
    expect(result.kind).toBe(expected);
  });

  it('judges by quiet where events carry no version', () => {
    const quiet = incidentOf(
      { kind: 'drift', verdict: 'drift', at: 60 },
      { kind: 'drift', verdict: 'ok', at: 65 },
      { kind: 'drift', verdict: 'ok', at: 70 },
    );
    // Quiet since minute 70.
    expect(ask(minute(70) + 6 * HOUR_MS - 1, null, 'auto', quiet).kind).toBe('waiting');
    expect(ask(minute(70) + 6 * HOUR_MS, null, 'auto', quiet).kind).toBe('effective');
  });
});

describe('an automation SLO while the gate sends everything to people', () => {
  const automation = new Set(['automation']);
  const both = incidentOf(
    { kind: 'drift', verdict: 'drift', severity: 'page', at: 60 },
    { kind: 'drift', verdict: 'ok', severity: 'page', at: 65 },
    { kind: 'drift', verdict: 'ok', severity: 'page', at: 70 },
    { monitor: 'automation', verdict: 'burning', at: 75 },
  );
  const nowMs = minute(75) + 6 * HOUR_MS;
  const ask = (route: 'auto' | 'review', incident = both) => {
    const judged = withoutByDesign(incident, gate(route), automation);
    const of = { action: rollback, gate: gate(route), afterMs: 6 * HOUR_MS, evidence: null, nowMs };
    return { words: judged.words, ...verify({ ...of, incident: judged.incident }) };
  };

  it('is left out of whether the rollback helped, and that is said', () => {
    expect(ask('review')).toMatchObject({
      kind: 'effective',
      words: ' automation is left out: it burns by design while the gate sends decisions to people.',
    });
    expect(ask('auto')).toMatchObject({ kind: 'waiting', reason: 'still_burning', words: '' });
  });

  it('alone proves nothing', () => {
    const alone = incidentOf({ monitor: 'automation', verdict: 'burning', at: 60 });
    expect(ask('review', alone)).toMatchObject({ kind: 'waiting', reason: 'no_events' });
  });
});

describe('people who decide everything', () => {
  const route: Action = {
    ...rollback,
    plan: { kind: 'route', queue: 'q', sinceMs: 0, modelVersion: 'v1', maxItems: 1, future: true },
  };
  const blind = incidentOf({ verdict: 'burning', at: 60 }, { verdict: 'not_enough_data', at: 65 });
  const burning = incidentOf({ verdict: 'burning', at: 60 }, { verdict: 'burning', at: 480 });
  const at = (hours: number) => minute(60) + hours * HOUR_MS;

  it.each([
    ['go on while it burns', containment(burning, gate('review'), [route], at(6)), 'hold'],
    [
      'go on for a while when nothing can be seen',
      containment(blind, gate('review'), [route], at(6) - 1),
      'hold',
    ],
    ['then let the machine try', containment(blind, gate('review'), [route], at(6)), 'trial'],
    [
      'take over again when it burns again',
      containment(burning, gate('auto'), [route], at(7)),
      'contain_again',
    ],
    ['but not at once', containment(burning, gate('auto', minute(470)), [route], minute(480)), 'hold'],
    ['and not where nothing was routed', containment(burning, gate('auto'), [], at(7)), 'hold'],
  ])('%s', (_name, result, expected) => {
    expect(result.kind).toBe(expected);
  });
});
