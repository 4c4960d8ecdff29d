import type { DocumentOf } from '../model/documents/document.ts';
import type { Severity } from '../model/finding.ts';
import { MINUTE_MS, startOf } from '../model/time.ts';
import type { Stored } from '../store/ports/documents.ts';
import type { EvaluationProgress } from '../store/ports/progress.ts';
import type { Summarised, TickContext } from './deps.ts';
import { type Asker, completeFinding } from './finding.ts';
import { hasAges, runContract } from './monitors/contract-run.ts';
import { FINDS, runMonitor } from './monitors/kinds.ts';
import { forget, type ReferenceCache } from './monitors/references.ts';
import type { MonitorRun } from './monitors/run.ts';
import { sharedReads } from './monitors/shared-reads.ts';
import { runSlo } from './monitors/slo-run.ts';
import { AHEAD_MS, type ProfileResult, profileSystem } from './profile/job.ts';
import { aheadDraft, heardDraft, silence, silentDraft, VOLUME_SUBJECT } from './silence.ts';

/** Findings in one insert. */
const FINDINGS_PER_INSERT = 1_000;
const ERROR_CHARS = 500;

export type TickResult = { readonly more: boolean };

type Work = {
  /** What a silence of the system is said about. */
  readonly about: { readonly subject: string; readonly statistic: string; readonly severity: Severity };
  /** Name in evaluation_progress; an SLO and a monitor may carry the same one. */
  readonly key: string;
  readonly asker: Asker;
  readonly run: (saved: EvaluationProgress | undefined, summarised: Summarised) => Promise<MonitorRun>;
};

/** One system, once: what is new is summarised, then each SLO and monitor looks at the windows that are due. */
export async function tickSystem(given: TickContext, cache: ReferenceCache): Promise<TickResult> {
  const profiled = await profileSystem(given);
  if (profiled.aheadRows > 0) await tellAhead(given, profiled);
  if (profiled.kind === 'nothing_yet') return { more: false };
  for (const range of profiled.restated) forget(cache, range);
  const context = { ...given, stores: { ...given.stores, profiles: sharedReads(given.stores.profiles) } };
  const saved = new Map(
    (await context.stores.progress.evaluations(context.project)).map((row) => [row.monitor, row]),
  );
  let more = profiled.more;
  const told = new Map<string, number>();
  // SLOs first: a page should not wait for drift.
  const works = [
    ...context.slos.map((stored) => sloWork(context, stored)),
    ...context.monitors.map((stored) => monitorWork(context, cache, stored)),
    ...(context.contracts ?? []).filter(hasAges).map((stored) => contractWork(context, stored)),
  ];
  for (const work of works) {
    const done = await isolated(context, work, saved.get(work.key), profiled.summarised);
    more ||= done.more;
    told.set(work.asker.kind, (told.get(work.asker.kind) ?? 0) + done.findings);
  }
  await publish(context, told);
  return { more };
}

/** Said once per batch of new rows, by the first that looks at the system. */
async function tellAhead(context: TickContext, profiled: ProfileResult): Promise<void> {
  const [monitor] = context.monitors;
  if (!monitor) return;
  const { metadata, spec } = monitor.document;
  const atMs =
    profiled.kind === 'summarised'
      ? profiled.summarised.profiledUntilMs
      : startOf(context.nowMs(), MINUTE_MS);
  const asker: Asker = { kind: FINDS[spec.kind], monitor: metadata.name, version: monitor.version };
  await append(context, asker, [aheadDraft(profiled.aheadRows, AHEAD_MS, atMs)]);
}

const sloWork = (context: TickContext, stored: Stored<DocumentOf<'SLO'>>): Work => {
  const monitor = stored.document.metadata.name;
  return {
    key: `slo/${monitor}`,
    asker: { kind: 'slo', monitor, version: stored.version },
    about: { subject: monitor, statistic: 'burn_rate', severity: 'log' },
    run: (saved, summarised) => runSlo(context, stored, saved, summarised),
  };
};

/** What a contract promises of ages is looked at without a monitor being asked for: a promise is one by itself. */
const contractWork = (context: TickContext, stored: Stored<DocumentOf<'Contract'>>): Work => {
  const monitor = stored.document.metadata.name;
  return {
    key: `contract/${monitor}`,
    asker: { kind: 'quality', monitor, version: stored.version },
    about: { subject: VOLUME_SUBJECT, statistic: 'freshness', severity: 'ticket' },
    run: (saved, summarised) => runContract(context, stored, saved, summarised),
  };
};

const monitorWork = (
  context: TickContext,
  cache: ReferenceCache,
  stored: Stored<DocumentOf<'Monitor'>>,
): Work => {
  const { spec, metadata } = stored.document;
  return {
    key: metadata.name,
    asker: { kind: FINDS[spec.kind], monitor: metadata.name, version: stored.version },
    about: { subject: VOLUME_SUBJECT, statistic: 'freshness', severity: spec.severity },
    run: (saved, summarised) => {
      const from = {
        monitor: metadata.name,
        version: stored.version,
        evaluatedUntilMs: saved?.evaluatedUntilMs,
        state: saved?.state ?? {},
      };
      return runMonitor(context, cache, spec, from, summarised);
    },
  };
};

/** A monitor that fails leaves a note and stops nobody else. Findings first, progress after: a repeat is recognised by id. */
async function isolated(
  context: TickContext,
  work: Work,
  saved: EvaluationProgress | undefined,
  summarised: Summarised,
): Promise<{ readonly findings: number; readonly more: boolean }> {
  const { project, system, emit, stores } = context;
  const monitor = work.asker.monitor;
  const startedMs = context.nowMs();
  try {
    const run = await work.run(saved, summarised);
    if (run.kind === 'nothing_due')
      return { findings: await noteSilence(context, work, saved, summarised), more: false };
    const heard = saved?.state['silent'] === true && work.asker.kind !== 'slo';
    const drafts = heard ? [...run.drafts, heardDraft(work.about, system, summarised)] : run.drafts;
    await append(context, work.asker, drafts);
    const { evaluatedUntilMs, state } = run;
    const { version } = work.asker;
    await stores.progress.saveEvaluation(project, {
      monitor: work.key,
      version,
      evaluatedUntilMs,
      state,
      lastError: '',
    });
    const behindMs = summarised.profiledUntilMs - evaluatedUntilMs;
    const tookMs = context.nowMs() - startedMs;
    const findings = drafts.length;
    emit({ kind: 'evaluated', project, system, monitor, findings, evaluatedUntilMs, behindMs, tookMs });
    return { findings, more: run.more };
  } catch (error) {
    emit({ kind: 'monitor_failed', project, system, monitor, error });
    await stores.progress.saveEvaluation(project, {
      monitor: work.key,
      // Not the new version: what a changed document asks for is still to be done.
      version: saved?.version ?? 0,
      evaluatedUntilMs: saved?.evaluatedUntilMs ?? summarised.firstEventMs,
      state: saved?.state ?? {},
      lastError: String(error).slice(0, ERROR_CHARS),
    });
    return { findings: 0, more: false };
  }
}

/** Once per silence. An SLO's own verdict becomes blind with it, so that its next word is a change again. */
async function noteSilence(
  context: TickContext,
  work: Work,
  saved: EvaluationProgress | undefined,
  summarised: Summarised,
): Promise<number> {
  if (!saved || saved.state['silent'] === true) return 0;
  const heard = silence(summarised, context.nowMs());
  if (heard.kind === 'heard') return 0;
  await append(context, work.asker, [silentDraft(work.about, context.system, summarised, heard.forMs)]);
  const blind = work.asker.kind === 'slo' ? { verdict: 'blind', severity: 'log' } : {};
  await context.stores.progress.saveEvaluation(context.project, {
    ...saved,
    state: { ...saved.state, ...blind, silent: true },
  });
  return 1;
}

async function append(
  context: TickContext,
  asker: Asker,
  drafts: readonly Parameters<typeof completeFinding>[2][],
): Promise<void> {
  for (let at = 0; at < drafts.length; at += FINDINGS_PER_INSERT) {
    const evaluatedAtMs = context.nowMs();
    const batch = drafts.slice(at, at + FINDINGS_PER_INSERT);
    await context.stores.findings.append(
      batch.map((draft) => completeFinding(context, asker, draft, evaluatedAtMs)),
    );
  }
}

async function publish(context: TickContext, told: ReadonlyMap<string, number>): Promise<void> {
  const { stores, project, system, nowMs } = context;
  const total = [...told.values()].reduce((sum, count) => sum + count, 0);
  if (total > 0) await stores.live.publish(project, 'analysis', system, nowMs());
  if ((told.get('slo') ?? 0) > 0) await stores.live.publish(project, 'slo', system, nowMs());
}
