import type { Action } from '../../model/action.ts';
import type { ChannelSpec } from '../../model/documents/channel.ts';
import type { Severity } from '../../model/finding.ts';
import type { Incident, Signal } from '../../model/incident.ts';
import type { NotificationMessage, NotificationReason } from '../../store/ports/outbox.ts';

/** What the incident's own transaction knows about the news. */
export type News = {
  readonly incident: Incident;
  readonly reason: NotificationReason;
  /** Tells news of the same reason apart: the incident's revision, or its timeline's number. */
  readonly sequence: number;
  /** What happened, for a person who was asleep. */
  readonly sentence: string;
  /** Event time of it. */
  readonly atMs: number;
  /** Decisions since the onset by what is at fault; null or absent: not counted. */
  readonly affectedDecisions?: number | null;
  readonly actions?: readonly Pick<Action, 'plan' | 'state' | 'sentence'>[];
};

export type NamedChannel = { readonly name: string; readonly spec: ChannelSpec };
export type Addressing =
  | { readonly kind: 'notify'; readonly channel: string }
  | { readonly kind: 'skip'; readonly channel: string; readonly reason: 'severity' | 'system' };

/**
 * Which channels get the news. Who was told that an incident is there is told that it is over, whatever
 * its severity is by then.
 */
export function notificationsFor(
  incident: Pick<Incident, 'system' | 'severity'>,
  reason: NotificationReason,
  channels: readonly NamedChannel[],
  told: ReadonlySet<string>,
): Addressing[] {
  return channels.map(({ name, spec }) => {
    if (reason === 'resolved' && told.has(name)) return { kind: 'notify', channel: name };
    if (spec.systems.length > 0 && !spec.systems.includes(incident.system)) {
      return { kind: 'skip', channel: name, reason: 'system' };
    }
    return spec.severities.includes(incident.severity)
      ? { kind: 'notify', channel: name }
      : { kind: 'skip', channel: name, reason: 'severity' };
  });
}

const MAX_SIGNALS = 10;
const MAX_ACTIONS = 5;
const RANK: Readonly<Record<Severity, number>> = { page: 0, ticket: 1, log: 2 };

/** Firing before recovered, grave before slight, old before new. */
const worstFirst = (a: Signal, b: Signal): number =>
  Number(b.firing) - Number(a.firing) || RANK[a.severity] - RANK[b.severity] || a.sinceMs - b.sinceMs;

export function messageOf(news: News): NotificationMessage {
  const { incident } = news;
  const signals = incident.signals.toSorted(worstFirst);
  return {
    project: incident.project,
    system: incident.system,
    incident: incident.id,
    title: incident.title,
    severity: incident.severity,
    state: incident.state,
    reason: news.reason,
    sentence: news.sentence,
    atMs: news.atMs,
    onsetMs: incident.onsetMs,
    signals: signals
      .slice(0, MAX_SIGNALS)
      .map(({ subject, statistic, value, limit, n, firing, sinceMs, sentence }) => {
        return { subject, statistic, value, limit, n, firing, sinceMs, sentence };
      }),
    signalsLeftOut: Math.max(0, signals.length - MAX_SIGNALS),
    affectedDecisions: news.affectedDecisions ?? null,
    actions: (news.actions ?? []).slice(-MAX_ACTIONS).map(told),
  };
}

/** A shadowed action reads as what it is: nothing was done. */
const told = ({ state, sentence }: Pick<Action, 'plan' | 'state' | 'sentence'>): string =>
  state === 'shadowed' ? `Not done (shadow): ${sentence}` : sentence;
