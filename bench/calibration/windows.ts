import { adjustPValues } from '../../analyzers/stats/index.ts';
import { type Check, pValueOf } from './checks.ts';
import { GENERATORS, type Generator } from './generators.ts';
import { sampleOf, uniformStream } from './random.ts';

const ALPHA = 0.05;

/** Share of pairs of windows of size n for which the check alarms at nominal 5 %; null where it does not apply. */
export function alarmShare(
  check: Check,
  generator: Generator,
  n: number,
  shift: number,
  repeats: number,
  seed: number,
): number | null {
  const random = uniformStream(seed);
  let alarms = 0;
  for (let r = 0; r < repeats; r += 1) {
    const reference = sampleOf(n, generator.draw(random, 0));
    const p = pValueOf(check, generator, reference, sampleOf(n, generator.draw(random, shift)));
    if (p === null) return null;
    if (p <= ALPHA) alarms += 1;
  }
  return alarms / repeats;
}

/** The check a monitor would run on such a feature from its stored profile. */
const profileCheck = ({ kind }: Generator): Check => (kind === 'numeric' ? 'ks on bins' : 'psi + chi-square');

/** Share of unchanged systems (features × windows against one reference each) with any Holm-adjusted p ≤ 5 %. */
export function familyAlarmShare(
  features: number,
  windows: number,
  n: number,
  systems: number,
  seed: number,
): number {
  const random = uniformStream(seed);
  let alarmed = 0;
  for (let s = 0; s < systems; s += 1) {
    const pValues: number[] = [];
    for (let f = 0; f < features; f += 1) {
      const generator = GENERATORS[f % GENERATORS.length];
      if (!generator) throw new Error('no generators');
      const reference = sampleOf(n, generator.draw(random, 0));
      const draw = generator.draw(random, 0);
      for (let w = 0; w < windows; w += 1) {
        pValues.push(
          pValueOf(profileCheck(generator), generator, reference, sampleOf(n, draw)) ?? Number.NaN,
        );
      }
    }
    const result = adjustPValues(pValues, 'holm');
    if (result.kind === 'undefined') throw new Error(result.reason);
    if (result.adjusted.some((p) => p <= ALPHA)) alarmed += 1;
  }
  return alarmed / systems;
}
