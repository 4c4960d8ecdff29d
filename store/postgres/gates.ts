import type { Gate, ModelVersion, VersionStatus } from '../../model/gate.ts';
import type { ProjectId } from '../../model/ids.ts';
import type { Window } from '../../model/time.ts';
import type { AuditLog } from '../ports/audit.ts';
import type { GateChange, GateChangeResult, GateStore } from '../ports/gates.ts';
import type { LiveBus } from '../ports/live.ts';
import type { PostgresDb, PostgresTx } from '../ports/postgres.ts';
import { longestCalmMs } from './bake.ts';
import { GATE_SQL } from './gate-sql.ts';

type Deployment = Parameters<GateStore['deploy']>[0];
type Version = { readonly project: ProjectId; readonly system: string; readonly version: string };

const locked = async (tx: PostgresTx, project: ProjectId, system: string): Promise<Gate | undefined> =>
  (await tx.query<Gate>(`${GATE_SQL.get} FOR UPDATE`, [project, system]))[0];

async function statusOf(tx: PostgresTx, of: Version): Promise<ModelVersion | undefined> {
  const values = [of.project, of.system, of.version];
  return (await tx.query<ModelVersion>(`${GATE_SQL.version} FOR UPDATE`, values))[0];
}

const setStatus = (tx: PostgresTx, of: Version, status: VersionStatus): Promise<unknown> =>
  tx.query(GATE_SQL.setStatus, [of.project, of.system, of.version, status]);

/** Writes gate, history row, audit entry and live event. The caller has locked the gate, and moved the versions. */
async function write(deps: Deps, tx: PostgresTx, next: Gate, atMs: number): Promise<Gate> {
  const { project, system, servingVersion, route, reason, incident, revision, changedAtMs, changedBy } = next;
  const values = [project, system, servingVersion, route, reason, incident, revision, changedAtMs, changedBy];
  await tx.query(GATE_SQL.upsert, values);
  await tx.query(GATE_SQL.record, [...values, atMs]);
  await deps.audit.append(
    {
      project,
      by: changedBy,
      what: 'gate.changed',
      subject: system,
      details: { servingVersion, route, reason, incident, revision, atMs },
    },
    changedAtMs,
    tx,
  );
  await deps.live.publish(project, 'gate', system, changedAtMs, tx);
  return next;
}

/**
 * The version that stops serving is known good when some stretch of its service, as long as the bake time, was free of
 * paging incidents. A version that came back by a rollback kept its first going live, so it need not bake again.
 */
async function stepDown(tx: PostgresTx, gate: Gate, atMs: number, bakeTimeMs: number): Promise<void> {
  const of = { project: gate.project, system: gate.system, version: gate.servingVersion };
  const before = await statusOf(tx, of);
  if (before?.status !== 'live') return;
  const startMs = before.liveSinceMs ?? atMs;
  const troubles = await tx.query<Window>(GATE_SQL.troubles, [of.project, of.system, startMs, atMs]);
  const baked = longestCalmMs({ startMs, endMs: atMs }, troubles) >= bakeTimeMs;
  await setStatus(tx, of, baked ? 'known_good' : 'retired');
}

const goLive = (tx: PostgresTx, of: Version, atMs: number, note: string, anew: boolean): Promise<unknown> =>
  tx.query(GATE_SQL.goLive, [of.project, of.system, of.version, atMs, note, anew]);

const quarantinedRefusal = (version: string): GateChangeResult => ({
  kind: 'refused',
  reason: 'version_quarantined',
  sentence: `Version ${version} is quarantined: it was rolled back. A person must release it first.`,
});

async function deploy(deps: Deps, tx: PostgresTx, to: Deployment, nowMs: number): Promise<GateChangeResult> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    JSON.stringify(['gate', to.project, to.system]),
  ]);
  const gate = await locked(tx, to.project, to.system);
  const version = await statusOf(tx, to);
  if (version?.status === 'quarantined') return quarantinedRefusal(to.version);
  if (gate?.servingVersion === to.version) return { kind: 'unchanged', gate };
  if (gate) await stepDown(tx, gate, to.atMs, to.bakeTimeMs);
  await goLive(tx, to, to.atMs, to.note, true);
  const next = {
    project: to.project,
    system: to.system as Gate['system'],
    servingVersion: to.version,
    // A deployment does not take away what an incident asked for.
    route: gate?.route ?? 'auto',
    reason: to.note === '' ? `Version ${to.version} was deployed.` : to.note,
    incident: gate?.incident ?? null,
    revision: (gate?.revision ?? 0) + 1,
    changedAtMs: nowMs,
    changedBy: to.by,
  } as const;
  return { kind: 'changed', gate: await write(deps, tx, next, to.atMs) };
}

async function change(deps: Deps, tx: PostgresTx, to: GateChange, nowMs: number): Promise<GateChangeResult> {
  const gate = await locked(tx, to.project, to.system);
  if (!gate) {
    const sentence = `${to.system} has no gate yet: it gets one with its first deployment.`;
    return { kind: 'refused', reason: 'no_gate', sentence };
  }
  if (to.expectedRevision !== undefined && to.expectedRevision !== gate.revision) {
    const sentence = `The gate of ${to.system} is at revision ${gate.revision}, not ${to.expectedRevision}.`;
    return { kind: 'refused', reason: 'stale_revision', sentence };
  }
  const servingVersion = to.servingVersion ?? gate.servingVersion;
  const route = to.route ?? gate.route;
  if (servingVersion === gate.servingVersion && route === gate.route) return { kind: 'unchanged', gate };
  if (servingVersion !== gate.servingVersion) {
    const of = { project: to.project, system: to.system, version: servingVersion };
    if ((await statusOf(tx, of))?.status === 'quarantined') return quarantinedRefusal(servingVersion);
    await stepDown(tx, gate, to.atMs, to.bakeTimeMs ?? Number.POSITIVE_INFINITY);
    await goLive(tx, of, to.atMs, '', false);
  }
  const next = {
    ...gate,
    servingVersion,
    route,
    reason: to.reason,
    incident: to.incident,
    revision: gate.revision + 1,
    changedAtMs: nowMs,
    changedBy: to.by,
  };
  return { kind: 'changed', gate: await write(deps, tx, next, to.atMs) };
}

async function mark(
  deps: Deps,
  tx: PostgresTx,
  of: Version & { by: string; status: VersionStatus; what: string },
  nowMs: number,
): Promise<void> {
  const { project, system, version } = of;
  await tx.query(GATE_SQL.observe, [project, system, version, nowMs]);
  await setStatus(tx, of, of.status);
  const subject = `${system} ${version}`;
  await deps.audit.append(
    { project, by: of.by, what: of.what, subject, details: { system, version } },
    nowMs,
    tx,
  );
  await deps.live.publish(project, 'gate', system, nowMs, tx);
}

type Deps = { readonly audit: AuditLog; readonly live: LiveBus };

export function createGateStore(db: PostgresDb, deps: Deps): GateStore {
  const within = <T>(tx: PostgresTx | undefined, work: (tx: PostgresTx) => Promise<T>): Promise<T> =>
    tx ? work(tx) : db.transaction(work);
  return {
    get: async (project, system) => (await db.query<Gate>(GATE_SQL.get, [project, system]))[0],
    list: (project) => db.query<Gate>(GATE_SQL.list, [project]),
    history: (project, system, limit) =>
      db.query<Gate & { atMs: number }>(GATE_SQL.history, [project, system, limit]),
    versions: (project, system) => db.query<ModelVersion>(GATE_SQL.versions, [project, system]),
    deploy: (deployment, nowMs) => db.transaction((tx) => deploy(deps, tx, deployment, nowMs)),
    change: (to, nowMs, tx) => within(tx, (inner) => change(deps, inner, to, nowMs)),
    lastKnownGood: async (project, system, version) =>
      (await db.query<ModelVersion>(GATE_SQL.lastKnownGood, [project, system, version]))[0],
    quarantine: (project, system, version, by, nowMs, tx) =>
      within(tx, (inner) => {
        const of = {
          project,
          system,
          version,
          by,
          status: 'quarantined',
          what: 'version.quarantined',
        } as const;
        return mark(deps, inner, of, nowMs);
      }),
    release: (project, system, version, by, nowMs) =>
      db.transaction(async (tx) => {
        const before = await statusOf(tx, { project, system, version });
        // Released, it is one of many: a good name has to be earned anew.
        if (before?.status !== 'quarantined') return;
        await mark(
          deps,
          tx,
          { project, system, version, by, status: 'retired', what: 'version.released' },
          nowMs,
        );
      }),
    observe: async (project, system, version, firstSeenMs) => {
      await db.query(GATE_SQL.observe, [project, system, version, firstSeenMs]);
    },
  };
}
