import { derivedFrom } from './derived-features.ts';
import type { DocumentInput } from './documents/document.ts';
import { API_VERSION } from './documents/document.ts';
import { type FeatureSummary, kindOf, valuesOf } from './feature-summary.ts';
import type { SystemName } from './ids.ts';
import { totalOf } from './numeric-bins.ts';
import { VALUE_FEATURE } from './own-features.ts';
import { DAY_MS, HOUR_MS } from './time.ts';

/** What a system sent, as profiles have it. */
export type Seen = {
  readonly system: SystemName;
  /** Over the whole stretch. */
  readonly summaries: readonly FeatureSummary[];
  readonly fromMs: number;
  readonly toMs: number;
};

type MonitorInput = Extract<DocumentInput, { kind: 'Monitor' }>;

export type Suggestion = {
  readonly documents: readonly DocumentInput[];
  /** Why each is as it is, in the order of the documents; and what is left out, and why. */
  readonly reasons: readonly string[];
};

/** A window holds about so many decisions: enough for a tenth of a standard deviation, few enough to be soon. */
const WANTED_PER_WINDOW = 2_000;
/** Windows offered, shortest first. */
const WINDOWS = [
  ['1h', HOUR_MS],
  ['6h', 6 * HOUR_MS],
  ['1d', DAY_MS],
  ['7d', 7 * DAY_MS],
] as const;
/** From so many weeks on the same hours of the week are a better reference than a stretch. */
const WEEKS_FOR_SEASON = 3;
const LEAST_DECISIONS = 200;
const NAME_CHARS = 40;

/**
 * Monitors to start with, from what was seen: one for quality, one for drift, and one for features together where there
 * are at least two. All of them tickets: nobody should be woken by a monitor that nobody chose.
 */
export function suggestMonitors({ system, summaries, fromMs, toMs }: Seen): Suggestion {
  const decisions = totalOf(
    summaries.find(({ feature }) => feature === VALUE_FEATURE)?.categories ?? new Map(),
  );
  if (decisions < LEAST_DECISIONS)
    return {
      documents: [],
      reasons: [`${decisions} decisions of ${system} in that stretch; ${LEAST_DECISIONS} are asked for.`],
    };
  const perHour = decisions / Math.max(1, (toMs - fromMs) / HOUR_MS);
  const [window, windowMs] = WINDOWS.find(([, ms]) => (perHour * ms) / HOUR_MS >= WANTED_PER_WINDOW) ?? [
    '7d',
    7 * DAY_MS,
  ];
  const weeks = (toMs - fromMs) / (7 * DAY_MS);
  const stretch = windowMs >= DAY_MS ? '28d' : '7d';
  const reference =
    weeks >= WEEKS_FOR_SEASON && windowMs < 7 * DAY_MS
      ? { kind: 'seasonal' as const, weeks: Math.min(8, Math.floor(weeks)) }
      : { kind: 'first' as const, length: stretch };
  const minimumN = Math.max(LEAST_DECISIONS, Math.min(1_000, Math.round((perHour * windowMs) / HOUR_MS / 4)));
  const own = summaries.filter(({ feature }) => !feature.startsWith('@'));
  const numbers = own.filter(
    (one) =>
      derivedFrom(one.feature) === undefined && kindOf(one) === 'numeric' && valuesOf(one, 'numeric') > 0,
  );
  const rich = new Set(own.flatMap(({ feature }) => derivedFrom(feature)?.of ?? []));
  const prefix = system
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, NAME_CHARS);
  const common = { system, window, minimumN, severity: 'ticket' as const };
  const monitor = (name: string, spec: MonitorInput['spec']): DocumentInput => ({
    apiVersion: API_VERSION,
    kind: 'Monitor',
    metadata: { name: `${prefix}-${name}` },
    spec,
  });
  const isTogether = numbers.length >= 2 || rich.size > 0;
  return {
    documents: [
      monitor('quality', { kind: 'quality', ...common, reference }),
      monitor('drift', { kind: 'drift', ...common, statistic: 'psi', reference }),
      ...(isTogether
        ? [
            monitor('together', {
              kind: 'multivariate',
              ...common,
              reference: { kind: 'first', length: stretch },
              step: windowMs < DAY_MS ? '6h' : '1d',
            }),
          ]
        : []),
    ],
    reasons: [
      `About ${Math.round(perHour)} decisions an hour: a window of ${window} holds about ${Math.round((perHour * windowMs) / HOUR_MS)}.`,
      reference.kind === 'seasonal'
        ? `${Math.floor(weeks)} weeks of history: compared with the same hours of the last ${reference.weeks} weeks, so that a Monday morning is no drift.`
        : `Less than ${WEEKS_FOR_SEASON} weeks of history: compared with the first ${stretch}. Take "seasonal" later.`,
      isTogether
        ? `Features together: ${numbers.length} numbers${rich.size > 0 ? `, and ${[...rich].sort().join(', ')}` : ''}.`
        : 'No monitor of features together: there are fewer than two numbers, no text and no embedding.',
      'All are tickets: choose yourself what may wake somebody.',
    ],
  };
}
