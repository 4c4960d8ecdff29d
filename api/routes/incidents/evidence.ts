import type { Incident, Signal } from '../../../model/incident.ts';
import { HOUR_MS, MINUTE_MS, startOf } from '../../../model/time.ts';
import type { SloMinute, SloMinuteStore } from '../../../store/ports/slo-minutes.ts';
import type { Series } from '../../contract/common.ts';

const BEFORE_MS = 12 * HOUR_MS;
const AFTER_MS = 24 * HOUR_MS;
const MAX_SPAN_MS = 14 * 24 * HOUR_MS;
const MAX_POINTS = 300;

/** Good and bad events of the incident's gravest SLO, from a while before the onset to a while after the end. */
export async function evidenceOf(store: Pick<SloMinuteStore, 'series'>, incident: Incident): Promise<Series> {
  const signal = incident.signals
    .filter(({ kind }) => kind === 'slo')
    .reduce<Signal | undefined>((best, next) => (best?.severity === 'page' ? best : next), undefined);
  const fromMs = incident.onsetMs - BEFORE_MS;
  const latestMs = Math.max(incident.openedAtMs, ...incident.signals.map((one) => one.lastWindowEndMs));
  const toMs = Math.min((incident.resolvedAtMs ?? latestMs) + AFTER_MS, latestMs, fromMs + MAX_SPAN_MS);
  const minutes = signal ? await store.series(incident.project, signal.monitor, fromMs, toMs) : [];
  return bucketed(minutes, fromMs, toMs);
}

/** Buckets without events are null: nothing was judged there, which is not the same as nothing was wrong. */
export function bucketed(minutes: readonly SloMinute[], fromMs: number, toMs: number): Series {
  const bucketMs = Math.max(1, Math.ceil((toMs - fromMs) / MAX_POINTS / MINUTE_MS)) * MINUTE_MS;
  const firstMs = startOf(fromMs, bucketMs);
  const points = minutes.length === 0 ? 0 : Math.ceil((toMs - firstMs) / bucketMs);
  const good = new Array<number | null>(points).fill(null);
  const bad = new Array<number | null>(points).fill(null);
  for (const minute of minutes) {
    const index = Math.floor((minute.minuteMs - firstMs) / bucketMs);
    if (index < 0 || index >= points) continue;
    good[index] = (good[index] ?? 0) + minute.good;
    bad[index] = (bad[index] ?? 0) + minute.total - minute.good;
  }
  return {
    t: Array.from({ length: points }, (_, index) => firstMs + index * bucketMs),
    bucketMs,
    columns: [
      { name: 'good', values: good },
      { name: 'bad', values: bad },
    ],
  };
}
