import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../model/time.ts';
import { freshPostgres } from '../support/stores.ts';
import { drift, finding, minute } from './findings.ts';
import {
  buildHouse,
  type House,
  judged,
  type Mode,
  newTelemetry,
  PROJECT,
  policy,
  slo,
  type Telemetry,
} from './house.ts';

/** Version 1 served for a month, version 2 went live at minute 0. */
async function flights(
  rollback: Mode | undefined,
  route: Mode | undefined,
): Promise<{ house: House; told: Telemetry }> {
  const told = newTelemetry();
  const house = buildHouse(await freshPostgres(), told);
  await house.apply(slo(), ...((rollback ?? route) ? [policy(rollback, route)] : []));
  await house.deploy('v1', minute(0) - 30 * DAY_MS);
  await house.deploy('v2', minute(0));
  return { house, told };
}

/** Version 2 is at fault from its first minute: 40 % bad, where 5 % are allowed. */
async function fault(house: House, told: Telemetry): Promise<void> {
  told.minutes.push(...judged('v1', -600, 0, 0), ...judged('v2', 0, 60, 0.4));
  await house.see(finding({ verdict: 'burning', at: 60, onsetMs: minute(10), value: 8 }));
}

const H = 60;

describe('a faulty version', () => {
  it('is rolled back, its decisions go to people, and the incident ends when the old version proves itself', async () => {
    const { house, told } = await flights('auto', 'auto');
    await fault(house, told);

    const incident = await house.open();
    expect(incident).toMatchObject({ id: 1, state: 'verifying', severity: 'page', onsetMs: minute(10) });
    expect(await house.gate()).toMatchObject({ servingVersion: 'v1', route: 'review', incident: 1 });
    expect(await house.statusOf('v2')).toBe('quarantined');
    expect(house.routed).toMatchObject([
      { incident: 1, plan: { kind: 'route', modelVersion: 'v2', sinceMs: minute(10), queue: 'default' } },
    ]);
    expect(
      (await house.actionsOf(incident?.id ?? fail())).map(({ plan, state }) => `${plan.kind} ${state}`),
    ).toEqual(expect.arrayContaining(['rollback done', 'route done']));
    expect(await house.timeline(incident?.id ?? fail())).toEqual([
      'opened',
      'action_done',
      'action_started',
      'routed_to_review',
    ]);
    expect(house.news.map(({ reason }) => reason)).toEqual(['opened', 'action']);

    // Labels of version 2 still arrive and burn the SLO as a whole; version 1's own are good.
    told.minutes.push(...judged('v2', 60, 61 + 7 * H, 0.4), ...judged('v1', 120, 61 + 7 * H, 0));
    await house.see(finding({ verdict: 'burning', at: 60 + 5 * H, value: 7 }));
    expect((await house.open())?.state).toBe('verifying');
    await house.see(finding({ verdict: 'burning', at: 60 + 6 * H, value: 7 }));

    expect(await house.incident(1)).toMatchObject({ state: 'resolved', resolvedAtMs: minute(60 + 6 * H) });
    expect(await house.gate()).toMatchObject({ servingVersion: 'v1', route: 'auto', incident: null });
    expect((await house.timeline(incident?.id ?? fail())).slice(-2)).toEqual(['verified', 'resolved']);
    expect(
      (await house.actionsOf(incident?.id ?? fail())).find(({ plan }) => plan.kind === 'rollback')?.state,
    ).toBe('effective');
    // What still burns was told: it opens nothing new.
    await house.see(finding({ verdict: 'burning', at: 65 + 6 * H, value: 6.5 }));
    expect(await house.open()).toBeUndefined();
    expect(await house.audit.verify()).toMatchObject({ intact: true });
    expect((await house.audit.list(PROJECT, 100)).map(({ what }) => what)).toEqual(
      expect.arrayContaining(['gate.changed', 'version.quarantined', 'action.done', 'action.effective']),
    );
  });

  it('was not the cause when the old version burns too: a person is paged and people keep deciding', async () => {
    const { house, told } = await flights('auto', 'auto');
    await fault(house, told);
    told.minutes.push(...judged('v1', 61, 60 + 6 * H, 0.4));
    await house.see(finding({ verdict: 'burning', at: 60 + 6 * H, value: 8 }));
    expect(await house.open()).toMatchObject({ state: 'mitigating', severity: 'page' });
    expect(await house.gate()).toMatchObject({ servingVersion: 'v1', route: 'review' });
    expect(house.news.at(-1)).toMatchObject({ reason: 'action' });
    // One step back is all that Leeway takes, however long it burns.
    for (let n = 1; n < 10; n += 1) await house.see(finding({ verdict: 'burning', at: 60 + (6 + n) * H }));
    expect((await house.list()).length).toBe(1);
    expect((await house.gate())?.servingVersion).toBe('v1');
  });

  it('cannot be verified while people decide everything, so the machine gets a trial', async () => {
    const { house, told } = await flights('auto', 'auto');
    await fault(house, told);
    await house.see(finding({ verdict: 'not_enough_data', at: 60 + 6 * H, n: 0 }));
    expect(await house.open()).toMatchObject({ state: 'verifying' });
    expect(await house.gate()).toMatchObject({ servingVersion: 'v1', route: 'auto', incident: 1 });
    told.minutes.push(...judged('v1', 60 + 6 * H, 60 + 8 * H, 0));
    await house.see(finding({ verdict: 'not_enough_data', at: 60 + 8 * H, n: 0 }));
    expect((await house.incident(1))?.state).toBe('resolved');
  });

  it('is only written about in shadow mode', async () => {
    const { house, told } = await flights('shadow', 'shadow');
    await fault(house, told);
    await house.see(finding({ verdict: 'burning', at: 65 }));
    expect(await house.gate()).toMatchObject({ servingVersion: 'v2', route: 'auto' });
    const incident = await house.open();
    expect((await house.actionsOf(incident?.id ?? fail())).map(({ state }) => state)).toEqual([
      'shadowed',
      'shadowed',
    ]);
    expect(house.news.map(({ reason }) => reason)).toEqual(['opened']);
    expect(house.routed).toEqual([]);
  });
});

describe('a catch-up', () => {
  const at = (verdict: 'burning' | 'ok', n: number) =>
    finding({ verdict, at: n, ...(verdict === 'burning' ? { onsetMs: minute(10) } : {}) });
  /** A breach of a quarter of an hour, then calm until the old version has proved itself, and a day more. */
  const history = [
    ...[50, 55].map((n) => at('ok', n)),
    ...[60, 65, 70].map((n) => at('burning', n)),
    ...Array.from({ length: 30 }, (_, i) => at('ok', 75 + i * H)),
  ];

  async function seen(batches: (typeof history)[]) {
    const { house, told } = await flights('auto', 'auto');
    told.minutes.push(...judged('v1', -600, 0, 0), ...judged('v2', 0, 70, 0.4));
    told.minutes.push(...judged('v1', 70, 40 * H, 0));
    for (const batch of batches) await house.see(...batch);
    const [incident] = await house.list();
    const actions = await house.actionsOf(incident?.id ?? fail());
    return {
      incidents: (await house.list()).map(({ state, openedAtMs, resolvedAtMs }) => ({
        ...{ state, openedAtMs, resolvedAtMs },
      })),
      actions: actions.map(({ plan, state, atMs }) => ({ plan, state, atMs })),
      timeline: (await house.deps.incidents.timeline(incident?.id ?? fail(), 1_000)).map(
        ({ kind, atMs }) => ({
          ...{ kind, atMs },
        }),
      ),
      gate: (await house.gates.history(PROJECT, 'flights', 50)).map(({ servingVersion, route, atMs }) => ({
        ...{ servingVersion, route, atMs },
      })),
      routed: house.routed.length,
    };
  }

  it('does in one batch what it would have done window by window, at the same instants', async () => {
    const late = await seen([history]);
    expect(late.actions).toMatchObject([
      {
        plan: { kind: 'rollback', fromVersion: 'v2', toVersion: 'v1' },
        state: 'effective',
        atMs: minute(60),
      },
      { plan: { kind: 'route' }, state: 'done', atMs: minute(60) },
    ]);
    expect(late.routed).toBe(1);
    expect(late).toEqual(await seen(history.map((one) => [one])));
  });

  it('sees several systems that burn at once as a storm, whichever of them it reads first', async () => {
    const { house, told } = await flights('auto', undefined);
    told.minutes.push(...judged('v1', -600, 0, 0), ...judged('v2', 0, 60, 0.4));
    const systems = ['flights', 'boats', 'trains', 'trams'];
    await house.see(
      ...systems.flatMap((system) =>
        [60, 65].map((n) => finding({ verdict: 'burning', at: n, system, onsetMs: minute(10) })),
      ),
    );
    expect(await refusalsOf(house)).toEqual(['storm']);
  });
});

const refusalsOf = async (house: House): Promise<string[]> => {
  await expect(house.gate()).resolves.toMatchObject({ servingVersion: 'v2' });
  return house.events.flatMap((event) =>
    event.kind === 'action_refused' && event.action === 'rollback' ? [event.reason] : [],
  );
};

describe('a good version in a storm', () => {
  it('is not rolled back when it served well before the onset', async () => {
    const { house, told } = await flights('auto', 'auto');
    const onset = 2 * 24 * H;
    told.minutes.push(...judged('v2', 0, onset, 0), ...judged('v2', onset, onset + 2 * H, 0.4));
    await house.see(finding({ verdict: 'burning', at: onset + 2 * H, onsetMs: minute(onset) }));
    expect(await refusalsOf(house)).toEqual(['version_was_healthy']);
    // It is not trusted alone either: people look at what it decides.
    expect(await house.gate()).toMatchObject({ servingVersion: 'v2', route: 'review' });
    expect(await house.open()).toMatchObject({ state: 'mitigating' });
    expect(house.news.map(({ reason }) => reason)).toEqual(['opened', 'action']);
  });

  it('is not rolled back when it has served for longer than the look-back', async () => {
    const { house } = await flights('auto', undefined);
    const at = 8 * 24 * H;
    await house.see(finding({ verdict: 'burning', at, onsetMs: minute(at - H) }));
    await house.see(finding({ verdict: 'burning', at: at + 5 }));
    expect(await refusalsOf(house)).toEqual(['version_not_suspect']);
  });

  it('is not rolled back when the version before it was burning already', async () => {
    const { house, told } = await flights('auto', undefined);
    told.minutes.push(...judged('v1', -120, 0, 0.4), ...judged('v2', 0, 60, 0.4));
    await house.see(finding({ verdict: 'burning', at: 60, onsetMs: minute(-120) }));
    expect(await refusalsOf(house)).toEqual(['began_before_version']);
  });

  it('lets the machine decide again on trial when people see everything and nothing can be judged', async () => {
    const { house } = await flights(undefined, 'auto');
    await house.see(finding({ verdict: 'burning', at: 60, onsetMs: minute(10) }));
    expect((await house.gate())?.route).toBe('review');
    await house.see(finding({ verdict: 'not_enough_data', at: 60 + 5 * H, n: 0 }));
    expect((await house.gate())?.route).toBe('review');
    await house.see(finding({ verdict: 'not_enough_data', at: 60 + 6 * H, n: 0 }));
    expect((await house.gate())?.route).toBe('auto');
    await house.see(finding({ verdict: 'burning', at: 60 + 7 * H }));
    expect((await house.gate())?.route).toBe('auto');
    await house.see(finding({ verdict: 'burning', at: 60 + 12 * H }));
    expect((await house.gate())?.route).toBe('review');
  });
});

describe('guards', () => {
  it('refuses on too few events, and acts when there are enough', async () => {
    const { house, told } = await flights('auto', undefined);
    told.minutes.push(...judged('v2', 0, 60, 0.4));
    await house.see(finding({ verdict: 'burning', at: 60, n: 199, onsetMs: minute(0) }));
    expect(await refusalsOf(house)).toEqual(['not_enough_data']);
    await house.see(finding({ verdict: 'burning', at: 65, n: 200, onsetMs: minute(0) }));
    expect((await house.gate())?.servingVersion).toBe('v1');
  });

  it('does not act while blind', async () => {
    const { house, told } = await flights('auto', undefined);
    told.minutes.push(...judged('v2', 0, 60, 0.4));
    await house.see(
      finding({ verdict: 'burning', at: 60, n: 199, onsetMs: minute(0) }),
      finding({ verdict: 'blind', at: 65 }),
    );
    expect(await refusalsOf(house)).toEqual(['not_enough_data', 'blind']);
  });

  it('waits for a fresh look when the watermark is far ahead of the finding', async () => {
    const { house, told } = await flights(undefined, undefined);
    told.minutes.push(...judged('v2', 0, 60, 0.4));
    await house.see(finding({ verdict: 'burning', at: 60, onsetMs: minute(0) }));
    told.watermarkMs = minute(60) + DAY_MS + MINUTE_MS;
    // Asked for only now: the look that it would act on is too old.
    await house.apply(policy('auto', undefined));
    await house.alerts.tickOnce();
    expect((await house.gate())?.servingVersion).toBe('v2');
    await house.see(finding({ verdict: 'burning', at: 65, onsetMs: minute(0) }));
    expect((await house.gate())?.servingVersion).toBe('v1');
  });

  it('stops when more than three systems are on fire at once', async () => {
    const { house, told } = await flights('auto', 'auto');
    told.minutes.push(...judged('v2', 0, 60, 0.4));
    const others = ['a', 'b', 'c'].map((system) => finding({ system, verdict: 'burning', at: 60 }));
    await house.see(...others, finding({ verdict: 'burning', at: 60, onsetMs: minute(0) }));
    expect(await refusalsOf(house)).toEqual(['storm']);
    expect((await house.gate())?.route).toBe('auto');
  });

  it('has no target: only a version that baked is known good', async () => {
    const told = newTelemetry();
    const house = buildHouse(await freshPostgres(), told);
    await house.apply(slo(), policy('auto', undefined));
    await house.deploy('v1', minute(0) - DAY_MS + 1);
    await house.deploy('v2', minute(0));
    await fault(house, told);
    expect(await refusalsOf(house)).toEqual(['no_known_good']);
  });

  it('cools down between incidents', async () => {
    const { house, told } = await flights('auto', undefined);
    await fault(house, told);
    const first = await house.open();
    await house.commands.resolve({ project: PROJECT, incident: first?.id ?? fail(), by: 'ann' }, 'seen');
    await house.deploy('v3', minute(61));
    told.minutes.push(...judged('v3', 61, 130, 0.5));
    await house.see(finding({ verdict: 'ok', at: 65 }), finding({ verdict: 'ok', at: 70 }));
    // The first rollback was at minute 60, and the cooldown is an hour.
    await house.see(finding({ verdict: 'burning', at: 100, onsetMs: minute(61) }));
    expect(house.events.findLast(({ kind }) => kind === 'action_refused')).toMatchObject({
      reason: 'cooling_down',
    });
    await house.see(finding({ verdict: 'burning', at: 119 }));
    expect((await house.gate())?.servingVersion).toBe('v3');
    await house.see(finding({ verdict: 'burning', at: 120 }));
    expect(await house.gate()).toMatchObject({ servingVersion: 'v1', incident: 2 });
  });

  it('never goes a second step back by itself', async () => {
    const told = newTelemetry();
    const house = buildHouse(await freshPostgres(), told);
    await house.apply(slo(), policy('auto', undefined));
    await house.deploy('v0', minute(0) - 30 * DAY_MS);
    await house.deploy('v1', minute(0) - 3 * DAY_MS);
    await house.deploy('v2', minute(0));
    await fault(house, told);
    const first = await house.open();
    await house.commands.resolve({ project: PROJECT, incident: first?.id ?? fail(), by: 'ann' }, 'seen');
    told.minutes.length = 0;
    told.minutes.push(...judged('v1', 200, 300, 0.5));
    await house.see(...[65, 70].map((at) => finding({ verdict: 'ok', at })));
    await house.see(finding({ verdict: 'burning', at: 300, onsetMs: minute(200) }));
    expect(house.events.findLast(({ kind }) => kind === 'action_refused')).toMatchObject({
      reason: 'stepped_back_already',
    });
    expect((await house.gate())?.servingVersion).toBe('v1');
    // A person may.
    const second = await house.open();
    const of = { project: PROJECT, incident: second?.id ?? fail(), by: 'ann' };
    await house.commands.act(of, { kind: 'rollback', reason: 'Further back.' });
    expect((await house.gate())?.servingVersion).toBe('v0');
  });
});

describe('people', () => {
  const of = async (house: House) => ({
    project: PROJECT,
    incident: (await house.open())?.id ?? fail(),
    by: 'ann',
  });

  it('approve a proposal, and it is done once', async () => {
    const { house, told } = await flights('propose', undefined);
    await fault(house, told);
    const target = await of(house);
    const [proposed] = await house.actionsOf(target.incident);
    expect(proposed).toMatchObject({ state: 'proposed', plan: { fromVersion: 'v2', toVersion: 'v1' } });
    expect((await house.gate())?.servingVersion).toBe('v2');
    const results = await Promise.all(
      [1, 2, 3, 4].map(() => house.commands.decide(target, proposed?.id ?? fail(), true, '')),
    );
    expect(results.map(({ kind }) => kind).sort()).toEqual(['done', 'refused', 'refused', 'refused']);
    expect(await house.gate()).toMatchObject({ servingVersion: 'v1', changedBy: 'ann', revision: 3 });
    expect(await house.open()).toMatchObject({ state: 'verifying' });
  });

  it('cannot approve a plan whose world is gone', async () => {
    const { house, told } = await flights('propose', undefined);
    await fault(house, told);
    const target = await of(house);
    const [proposed] = await house.actionsOf(target.incident);
    await house.deploy('v3', minute(61));
    const result = await house.commands.decide(target, proposed?.id ?? fail(), true, '');
    expect(result).toMatchObject({ kind: 'refused', reason: 'stale_plan' });
    expect((await house.gate())?.servingVersion).toBe('v3');
    expect((await house.actionsOf(target.incident))[0]?.state).toBe('refused');
  });

  it('reject a proposal, and Leeway does not ask again', async () => {
    const { house, told } = await flights('propose', undefined);
    await fault(house, told);
    const target = await of(house);
    const [proposed] = await house.actionsOf(target.incident);
    expect(
      await house.commands.decide(target, proposed?.id ?? fail(), false, 'It is the weather.'),
    ).toMatchObject({ kind: 'done' });
    await house.see(finding({ verdict: 'burning', at: 65 }));
    expect((await house.actionsOf(target.incident)).map(({ state }) => state)).toEqual(['rejected']);
  });

  it('take an incident, write on it, and close it only when it can be seen', async () => {
    const { house } = await flights(undefined, 'shadow');
    await house.see(finding({ verdict: 'burning', at: 60 }), finding({ verdict: 'blind', at: 65 }));
    const target = await of(house);
    expect(await house.commands.acknowledge(target)).toMatchObject({
      incident: { owner: 'ann', state: 'acknowledged' },
    });
    expect(await house.commands.acknowledge({ ...target, by: 'bob' })).toMatchObject({
      kind: 'refused',
      reason: 'has_owner',
    });
    expect(await house.commands.note(target, 'Looking.')).toMatchObject({ kind: 'done' });
    expect(await house.commands.resolve(target, 'done')).toMatchObject({ kind: 'refused', reason: 'blind' });
    await house.see(finding({ verdict: 'burning', at: 70 }));
    expect(await house.commands.resolve(target, 'Known.')).toMatchObject({ incident: { state: 'resolved' } });
    await house.see(finding({ verdict: 'burning', at: 75 }));
    expect(await house.open()).toBeUndefined();
    expect((await house.audit.list(PROJECT, 10)).map(({ what }) => what)).toEqual(
      expect.arrayContaining(['incident.resolved', 'incident.noted', 'incident.acknowledged']),
    );
  });

  it('roll back by hand whatever the guards say, but never to a quarantined version', async () => {
    const { house } = await flights(undefined, 'shadow');
    await house.see(finding({ verdict: 'burning', at: 60, n: 1 }));
    const target = await of(house);
    const order = { kind: 'rollback', reason: 'I have seen it.' } as const;
    expect(await house.commands.act(target, order)).toMatchObject({
      kind: 'done',
      action: { state: 'done', decidedBy: 'ann' },
    });
    expect(await house.gate()).toMatchObject({ servingVersion: 'v1' });
    expect(await house.commands.act(target, { ...order, toVersion: 'v2' })).toMatchObject({
      reason: 'quarantined',
    });
    expect(await house.commands.act(target, { ...order, toVersion: 'v9' })).toMatchObject({
      reason: 'unknown_version',
    });
    expect(await house.deploy('v2', minute(70))).toMatchObject({
      kind: 'refused',
      reason: 'version_quarantined',
    });
    await house.gates.release(PROJECT, 'flights', 'v2', 'ann', Date.now());
    expect(await house.deploy('v2', minute(71))).toMatchObject({ kind: 'changed' });
  });
});

describe('two instances on one store', () => {
  it('act once, however they race', async () => {
    const told = newTelemetry();
    const db = await freshPostgres();
    const houses = [buildHouse(db, told), buildHouse(db, told), buildHouse(db, told)];
    const [house] = houses;
    if (!house) return fail();
    await house.apply(slo(), policy('auto', 'auto'), slo('s1', 'one'), policy('auto', 'auto', 'one'));
    for (const system of ['flights', 'one']) {
      await house.deploy('v1', minute(0) - 30 * DAY_MS, system);
      await house.deploy('v2', minute(0), system);
    }
    told.minutes.push(...judged('v2', 0, 60, 0.4));
    told.watermarkMs = minute(60);
    told.findings.push(
      finding({ verdict: 'burning', at: 60, onsetMs: minute(0) }),
      drift({ verdict: 'drift', at: 60 }),
      finding({ system: 'one', monitor: 's1', verdict: 'burning', at: 60, onsetMs: minute(0) }),
    );
    for (let round = 0; round < 3; round += 1)
      await Promise.all(houses.map(({ alerts }) => alerts.tickOnce()));
    const incidents = await house.list();
    expect(incidents.map(({ system }) => system).sort()).toEqual(['flights', 'one']);
    for (const incident of incidents) {
      const actions = await house.actionsOf(incident.id);
      expect(actions.map(({ plan, state }) => `${plan.kind} ${state}`).sort()).toEqual([
        'rollback done',
        'route done',
      ]);
      const kinds = await house.timeline(incident.id);
      expect(kinds.filter((kind) => kind === 'opened')).toHaveLength(1);
      expect(kinds.filter((kind) => kind === 'action_done')).toHaveLength(1);
      // Deployed twice, rolled back once, routed once: the history holds nothing else.
      expect(await house.gates.history(PROJECT, incident.system, 10)).toHaveLength(4);
    }
    expect(houses.flatMap(({ routed }) => routed)).toHaveLength(2);
    expect(houses.flatMap(({ news }) => news).filter(({ reason }) => reason === 'opened')).toHaveLength(2);
    expect(houses.flatMap(({ events }) => events).filter(({ kind }) => kind === 'tick_failed')).toEqual([]);
  });

  it('goes on with the other systems when one cannot be taken', async () => {
    const told = newTelemetry();
    const house = buildHouse(await freshPostgres(), told);
    const broken = finding({
      system: 'broken',
      verdict: 'burning',
      at: 5,
      sentence: 'a byte that no text holds: \u0000',
    });
    await house.see(broken, finding({ verdict: 'burning', at: 5 }));
    await house.see(finding({ verdict: 'burning', at: 10 }));
    expect((await house.list()).map(({ system }) => system)).toEqual(['flights']);
    expect((await house.open())?.signals).toMatchObject([{ lastWindowEndMs: minute(10) }]);
    expect(house.events.filter(({ kind }) => kind === 'tick_failed')).toHaveLength(2);
  });

  it('wakes up when analysis has written something, and stops when it is told to', async () => {
    const told = newTelemetry();
    const house = buildHouse(await freshPostgres(), told, { tickEveryMs: HOUR_MS });
    house.alerts.start();
    await expect.poll(() => house.events.map(({ kind }) => kind)).toEqual(['tick_done']);
    told.findings.push(finding({ verdict: 'burning', at: 5 }));
    await expect
      .poll(async () => {
        await house.live.publish(PROJECT, 'analysis', 'flights', Date.now());
        return house.open();
      })
      .toBeDefined();
    await house.alerts.stop();
  });

  it('reads everything again after a restart, and changes nothing', async () => {
    const told = newTelemetry();
    const db = await freshPostgres();
    const first = buildHouse(db, told);
    await first.see(
      finding({ verdict: 'burning', at: 5 }),
      ...[10, 15, 20, 45, 50].map((at) => finding({ verdict: 'ok', at })),
      finding({ verdict: 'burning', at: 55 }),
    );
    const before = await first.list();
    expect(before.map(({ state }) => state)).toEqual(['open', 'resolved']);
    await db.query('DELETE FROM finding_cursor');
    const second = buildHouse(db, told);
    await second.alerts.tickOnce();
    expect(await second.list()).toEqual(before);
    expect(second.news).toEqual([]);
  });
});

const fail = (): never => {
  throw new Error('there should be one');
};
expect(HOUR_MS).toBe(H * MINUTE_MS);
