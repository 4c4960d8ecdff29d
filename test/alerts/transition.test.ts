import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INCIDENT_RULES } from '../../alerts/decide/rules.ts';
import { signalKey, windowsToRecover } from '../../alerts/decide/signals.ts';
import { calmness, toldMarks, transition } from '../../alerts/decide/transition.ts';
import { type Finding, type Severity, VERDICTS } from '../../model/finding.ts';
import { incidentId } from '../../model/ids.ts';
import type { Incident } from '../../model/incident.ts';
import type { NewTimelineEntry, SignalMarks } from '../../store/ports/incidents.ts';
import { drift, type FindingSketch, finding, minute } from './findings.ts';

type World = {
  readonly incidents: readonly Incident[];
  readonly marks: SignalMarks;
  readonly entries: readonly NewTimelineEntry[];
  readonly kinds: readonly string[];
};
const EMPTY: World = { incidents: [], marks: {}, entries: [], kinds: [] };

/** What the shell does, with an array for a store. */
function take(world: World, findings: readonly Finding[]): World {
  let held = world;
  for (const next of findings) held = takeOne(held, next);
  return held;
}

function takeOne(held: World, next: Finding): World {
  const key = signalKey(next);
  const open = held.incidents.find((incident) => incident.state !== 'resolved');
  const step = transition(open, held.marks[key], next, key);
  const marks = { ...held.marks, [key]: step.mark };
  const kinds = [...held.kinds, step.kind === 'unchanged' ? step.reason : step.kind];
  if (step.kind === 'unchanged') return { ...held, marks, kinds };
  const entries = [...held.entries, ...step.entries];
  if (step.kind === 'opened') {
    const id = incidentId.parse(held.incidents.length + 1);
    return {
      incidents: [...held.incidents, { ...step.incident, id, judged: 'not_judged', revision: 1 }],
      marks,
      entries,
      kinds,
    };
  }
  const incidents = held.incidents.map((one) => (one.id === step.incident.id ? step.incident : one));
  const told = step.kind === 'resolved' ? toldMarks(step.incident) : {};
  return { incidents, marks: { ...marks, ...told }, entries, kinds };
}

const many = (sketch: Omit<FindingSketch, 'at'>, ...at: number[]): Finding[] =>
  at.map((when) => finding({ ...sketch, at: when } as FindingSketch));

describe('one finding', () => {
  const cases: [string, Finding, string][] = [
    ['a page opens', finding({ verdict: 'burning', at: 5 }), 'opened'],
    ['a ticket opens', finding({ verdict: 'burning', severity: 'ticket', at: 5 }), 'opened'],
    ['log wakes nobody', finding({ verdict: 'burning', severity: 'log', at: 5 }), 'log_only'],
    ['drift alone opens at its own severity', drift({ verdict: 'drift', at: 5 }), 'opened'],
    ['a breach opens', finding({ kind: 'quality', verdict: 'breach', at: 5 }), 'opened'],
    ['ok is no news', finding({ verdict: 'ok', at: 5 }), 'healthy'],
    ['blind never opens', finding({ verdict: 'blind', severity: 'page', at: 5 }), 'cannot_tell'],
    [
      'not enough data never opens',
      finding({ verdict: 'not_enough_data', severity: 'page', at: 5 }),
      'cannot_tell',
    ],
  ];
  it.each(cases)('%s', (_name, one, expected) => {
    expect(take(EMPTY, [one]).kinds).toEqual([expected]);
  });

  it('says in its title what a tired person must know', () => {
    const { incidents } = take(EMPTY, [
      finding({ verdict: 'burning', value: 14.44, at: 5, onsetMs: minute(-30) }),
    ]);
    expect(incidents[0]).toMatchObject({
      title: 'flights: hold-correctness burns its error budget 14.4× too fast',
      onsetMs: minute(-30),
      openedAtMs: minute(5),
      severity: 'page',
    });
    const drifted = take(EMPTY, [drift({ verdict: 'drift', value: 0.314, at: 5 })]);
    expect(drifted.incidents[0]?.title).toBe('flights: distance drifted (psi 0.314, limit 0.2)');
  });
});

describe('an incident', () => {
  it('resolves after two calm windows and half an hour', () => {
    // Recovered at the second ok (minute 15), so minute 45 is the first at which it has been calm for 30 minutes.
    const burning = many({ verdict: 'burning' }, 5);
    const calm = take(EMPTY, [...burning, ...many({ verdict: 'ok' }, 10, 15, 20, 40)]);
    expect(calm.incidents[0]?.state).toBe('open');
    const over = take(calm, many({ verdict: 'ok' }, 45));
    expect(over.incidents[0]).toMatchObject({ state: 'resolved', resolvedAtMs: minute(45) });
    expect(over.entries.map(({ kind }) => kind)).toEqual(['opened', 'signal_recovered', 'resolved']);
  });

  it.each(['blind', 'not_enough_data'] as const)('never resolves by looking away: %s', (verdict) => {
    const at = Array.from({ length: 500 }, (_, i) => 10 + 5 * i);
    const unseen = take(EMPTY, [...many({ verdict: 'burning' }, 5), ...many({ verdict }, ...at)]);
    expect(unseen.incidents[0]).toMatchObject({ state: 'open', signals: [{ firing: true, verdict }] });
    const half = take(EMPTY, [
      ...many({ verdict: 'burning' }, 5),
      ...many({ verdict: 'ok' }, 10, 15),
      ...many({ verdict }, ...at.filter((n) => n > 15)),
    ]);
    expect(half.incidents[0]?.state).toBe('open');
    expect(half.incidents[0] && calmness(half.incidents[0])).toEqual({
      kind: 'not_calm',
      reason: 'cannot_tell',
    });
  });

  it('asks a signal that comes back for twice the calm each time', () => {
    expect([0, 1, 2, 3, 4, 9].map((flaps) => windowsToRecover(flaps, INCIDENT_RULES))).toEqual([
      2, 4, 8, 16, 16, 16,
    ]);
    const flapping = take(EMPTY, [
      ...many({ verdict: 'burning' }, 5),
      ...many({ verdict: 'ok' }, 10, 15),
      ...many({ verdict: 'burning' }, 20),
      ...many({ verdict: 'ok' }, 25, 30, 35),
    ]);
    expect(flapping.incidents).toHaveLength(1);
    expect(flapping.incidents[0]?.signals[0]).toMatchObject({ firing: true, flaps: 1, okWindows: 3 });
    expect(take(flapping, many({ verdict: 'ok' }, 40)).incidents[0]?.signals[0]?.firing).toBe(false);
  });

  it('escalates, and takes the onset of what made it worse', () => {
    const { incidents, entries } = take(EMPTY, [
      drift({ verdict: 'drift', at: 5, onsetMs: minute(-10_000) }),
      finding({ verdict: 'burning', at: 30, onsetMs: minute(0) }),
    ]);
    expect(incidents).toHaveLength(1);
    expect(incidents[0]).toMatchObject({ severity: 'page', onsetMs: minute(0) });
    expect(incidents[0]?.title).toContain('hold-correctness burns');
    expect(entries.map(({ kind }) => kind)).toEqual(['opened', 'signal_firing', 'severity_changed']);
  });

  it('dates a page by its own window, not by the ticket that smouldered before it', () => {
    const smouldering = finding({ verdict: 'burning', severity: 'ticket', at: 5, onsetMs: minute(-4_000) });
    const { incidents } = take(EMPTY, [
      smouldering,
      // The analyzer keeps the onset of the whole stretch; six hours are this window.
      finding({ verdict: 'burning', at: 600, onsetMs: minute(-4_000), windowStartMs: minute(240) }),
    ]);
    expect(incidents[0]).toMatchObject({
      severity: 'page',
      onsetMs: minute(240),
      signals: [{ sinceMs: minute(240) }],
    });
  });

  it('does not hang on the drift beside a page, and does not open another for it', () => {
    const at = Array.from({ length: 12 }, (_, i) => 10 + 5 * i);
    const both = take(EMPTY, [
      drift({ verdict: 'drift', at: 4 }),
      ...many({ verdict: 'burning' }, 5),
      ...at.flatMap((n) => [drift({ verdict: 'drift', at: n - 1 }), ...many({ verdict: 'ok' }, n)]),
    ]);
    expect(both.incidents.map(({ state }) => state)).toEqual(['resolved']);
    expect(take(both, [drift({ verdict: 'drift', at: 100 })]).kinds.at(-1)).toBe('already_told');
    expect(take(both, [drift({ verdict: 'drift', severity: 'page', at: 100 })]).kinds.at(-1)).toBe('opened');
    const recovered = take(both, [drift({ verdict: 'ok', at: 100 }), drift({ verdict: 'ok', at: 105 })]);
    expect(take(recovered, [drift({ verdict: 'drift', at: 110 })]).kinds.at(-1)).toBe('opened');
  });
});

const anyFinding = fc
  .record({
    verdict: fc.constantFrom(...VERDICTS),
    severity: fc.constantFrom<Severity>('page', 'ticket', 'log'),
    subject: fc.constantFrom('a', 'b', 'c'),
    gap: fc.integer({ min: 1, max: 20 }),
  })
  .map(({ verdict, severity, subject, gap }) => ({ sketch: { verdict, severity, subject }, gap }));
const anyStream = fc.array(anyFinding, { minLength: 1, maxLength: 120 }).map((steps) => {
  let at = 0;
  return steps.map(({ sketch, gap }) => {
    at += gap;
    return finding({ ...sketch, at });
  });
});

describe('any stream of findings', () => {
  it('has at most one open incident, and resolves only what is calm', () => {
    fc.assert(
      fc.property(anyStream, (stream) => {
        let world = EMPTY;
        for (const next of stream) {
          const before = world;
          world = take(world, [next]);
          expect(world.incidents.filter(({ state }) => state !== 'resolved').length).toBeLessThanOrEqual(1);
          const closed = world.incidents.find(
            ({ id, state }) =>
              state === 'resolved' && before.incidents.find((old) => old.id === id)?.state === 'open',
          );
          if (!closed) continue;
          expect(next.verdict).toBe('ok');
          const mattering = closed.signals.filter(({ severity }) => severity === closed.severity);
          expect(mattering.every((signal) => !signal.firing && signal.verdict === 'ok')).toBe(true);
          const quietMs =
            next.windowEndMs - Math.max(...mattering.map((signal) => signal.quietSinceMs ?? Infinity));
          expect(quietMs).toBeGreaterThanOrEqual(30 * 60_000);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('comes to the same when any stretch of it is read again', () => {
    fc.assert(
      fc.property(anyStream, fc.nat(), fc.nat(), (stream, a, b) => {
        const from = Math.min(a, b) % stream.length;
        const until = Math.max(from, Math.max(a, b) % stream.length) + 1;
        const once = take(EMPTY, stream);
        const again = take(
          take(take(EMPTY, stream.slice(0, until)), stream.slice(from, until)),
          stream.slice(from),
        );
        expect(again.incidents).toEqual(once.incidents);
        expect(again.entries).toEqual(once.entries);
      }),
      { numRuns: 300 },
    );
  });

  it('never opens or closes on findings that cannot tell', () => {
    fc.assert(
      fc.property(anyStream, (stream) => {
        const { kinds } = take(EMPTY, stream);
        for (const [index, kind] of kinds.entries()) {
          const verdict = stream[index]?.verdict;
          if (verdict === 'blind' || verdict === 'not_enough_data')
            expect(['cannot_tell', 'updated', 'stale_finding']).toContain(kind);
        }
      }),
      { numRuns: 300 },
    );
  });
});
