import { spend, stepLevels } from '../../analyzers/alarm/budget.ts';
import type { DriftTold } from '../../analyzers/drift/evaluate.ts';
import { shortestThatTells, spansOf } from '../../analyzers/drift/spans.ts';
import { systemSpec } from '../../model/documents/system.ts';
import { type FeatureSummary, mergeSummaries } from '../../model/feature-summary.ts';
import { HOUR_MS } from '../../model/time.ts';
import { draftAt, inputOf, type Looked, lookOf, monitor, profileOf, pValueOf } from './checks.ts';
import { GENERATORS, type Generator } from './generators.ts';
import { sampleOf, uniformStream } from './random.ts';

/** Decisions an hour. */
export const PER_HOUR = 500;
const REFERENCE_HOURS = 7 * 24;

type Feature = {
  readonly reference: FeatureSummary;
  readonly hours: readonly FeatureSummary[];
};

/** A feature that stays as it was for `calmHours`, and is `shift` away from it after them. */
function featureOf(
  generator: Generator,
  hours: { readonly calm: number; readonly moved: number },
  shift: number,
  random: () => number,
): Feature {
  const [calm, moved] = [generator.draw(random, 0), generator.draw(random, shift)];
  const profiles = Array.from({ length: hours.calm + hours.moved }, (_, hour) =>
    profileOf(generator, sampleOf(PER_HOUR, hour < hours.calm ? calm : moved)),
  );
  const reference = profileOf(generator, sampleOf(REFERENCE_HOURS * PER_HOUR, generator.draw(random, 0)));
  return { reference, hours: profiles };
}

type Alarm = { readonly hour: number; readonly feature: number };

/** What a monitor with hourly windows tells as drift, hour by hour, its spans among its looks. */
function alarmsOf(features: readonly Feature[]): readonly Alarm[] {
  const spec = monitor({ reference: { kind: 'first', length: '7d' } });
  const levels = stepLevels(systemSpec.parse({}).falseAlarms, spec, [spec]);
  const length = features[0]?.hours.length ?? 0;
  const alarms: Alarm[] = [];
  for (let hour = 1; hour <= length; hour += 1) {
    const due = spansOf(spec, hour * HOUR_MS, 0).filter((span) => span.due.whole);
    const looks = features.map(({ reference, hours }) => ({
      window: lookOf(inputOf(spec, reference, hours[hour - 1] ?? reference)),
      spans: due.map(({ window: { startMs, endMs } }): Looked => {
        const merged = mergeSummaries('', hours.slice(startMs / HOUR_MS, endMs / HOUR_MS));
        const looked = lookOf({ ...inputOf(spec, reference, merged), overMs: endMs - startMs });
        return looked;
      }),
    }));
    const pValues = looks.flatMap(({ window, spans }) =>
      [window, ...spans].map(({ look }) => pValueOf(look)),
    );
    const { ticket } = spend(pValues, levels);
    const told = (one: Looked): DriftTold => ({ ...one, draft: draftAt(one, ticket) });
    for (const [feature, { window, spans }] of looks.entries())
      if (shortestThatTells(told(window), spans.map(told)).draft.verdict === 'drift')
        alarms.push({ hour, feature });
  }
  return alarms;
}

/** Mean days between two false alarms of a system with one feature of each kind, over unchanged weeks. */
export function daysBetweenFalseAlarms(systems: number, days: number, seed: number) {
  const random = uniformStream(seed);
  let alarms = 0;
  for (let s = 0; s < systems; s += 1) {
    const features = GENERATORS.map((one) => featureOf(one, { calm: days * 24, moved: 0 }, 0, random));
    alarms += alarmsOf(features).length;
  }
  return { alarms, days: systems * days, meanDays: (systems * days) / Math.max(1, alarms) };
}

/** Hours from a shift of one feature among those of every kind until it is told, in the week after it. */
export function hoursUntilTold(shift: number, systems: number, seed: number) {
  const random = uniformStream(seed);
  const week = 7 * 24;
  const delays: number[] = [];
  for (let s = 0; s < systems; s += 1) {
    const features = GENERATORS.map((one, i) =>
      featureOf(one, { calm: week, moved: week }, i === 0 ? shift : 0, random),
    );
    // The others are there to share the budget.
    const first = alarmsOf(features).find(({ hour, feature }) => hour > week && feature === 0)?.hour;
    if (first !== undefined) delays.push(first - week);
  }
  const mean = delays.reduce((sum, one) => sum + one, 0) / Math.max(1, delays.length);
  return { share: delays.length / systems, meanHours: mean, longestHours: Math.max(0, ...delays) };
}
