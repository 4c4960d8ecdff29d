import { spend, stepLevels } from '../../analyzers/alarm/budget.ts';
import { systemSpec } from '../../model/documents/system.ts';
import { draftAt, inputOf, type Looked, lookOf, monitor, profileOf, pValueOf } from './checks.ts';
import { CATEGORIES, GENERATORS, type Generator } from './generators.ts';
import { sampleOf, uniformStream, zipfShares } from './random.ts';

export const NOMINAL = 0.05;

/** Share of pairs of windows of size n for which a monitor says drift at nominal 5 %. */
export function alarmShare(
  generator: Generator,
  n: number,
  shift: number,
  repeats: number,
  seed: number,
): number {
  const random = uniformStream(seed);
  const spec = monitor();
  let alarms = 0;
  for (let r = 0; r < repeats; r += 1) {
    const reference = profileOf(generator, sampleOf(n, generator.draw(random, 0)));
    const current = profileOf(generator, sampleOf(n, generator.draw(random, shift)));
    if (draftAt(lookOf(inputOf(spec, reference, current)), NOMINAL).verdict === 'drift') alarms += 1;
  }
  return alarms / repeats;
}

export type FamilyAlarms = {
  /** Share of unchanged systems with any drift told in all their windows. */
  readonly told: number;
  /** Of which the evidence would do for a page. */
  readonly pageable: number;
};

/**
 * Unchanged systems under the budget that a System has by default: `features` against one reference each, `windows` steps
 * of an hour, each step spent by e-BH as a monitor's run does.
 */
export function familyAlarms(
  features: number,
  windows: number,
  n: number,
  systems: number,
  seed: number,
): FamilyAlarms {
  const random = uniformStream(seed);
  const spec = monitor();
  const levels = stepLevels(systemSpec.parse({}).falseAlarms, spec, [spec]);
  let [told, pageable] = [0, 0];
  for (let s = 0; s < systems; s += 1) {
    const columns = Array.from({ length: features }, (_, f) => {
      const generator = GENERATORS[f % GENERATORS.length];
      if (!generator) throw new Error('no generators');
      const reference = profileOf(generator, sampleOf(n, generator.draw(random, 0)));
      return { generator, reference, draw: generator.draw(random, 0) };
    });
    let [any, anyPage] = [false, false];
    for (let w = 0; w < windows; w += 1) {
      const looks: Looked[] = columns.map(({ generator, reference, draw }) =>
        lookOf(inputOf(spec, reference, profileOf(generator, sampleOf(n, draw)))),
      );
      const cutoffs = spend(
        looks.map(({ look }) => pValueOf(look)),
        levels,
      );
      any ||= looks.some((look) => draftAt(look, cutoffs.ticket).verdict === 'drift');
      anyPage ||= looks.some((look) => draftAt(look, cutoffs.page).verdict === 'drift');
    }
    if (any) told += 1;
    if (anyPage) pageable += 1;
  }
  return { told: told / systems, pageable: pageable / systems };
}

/** How often the 95 % interval of the effect holds the PSI between the two Zipf distributions, known in closed form. */
export function intervalCoverage(n: number, shift: number, repeats: number, seed: number): number {
  const generator = GENERATORS.find(({ kind }) => kind === 'category');
  if (!generator) throw new Error('no categorical generator');
  const [p, q] = [zipfShares(CATEGORIES, 1), zipfShares(CATEGORIES, 1 + shift)];
  const truth = p.reduce((sum, share, k) => sum + ((q[k] ?? 0) - share) * Math.log((q[k] ?? 0) / share), 0);
  const random = uniformStream(seed);
  const spec = monitor();
  let held = 0;
  for (let r = 0; r < repeats; r += 1) {
    const reference = profileOf(generator, sampleOf(n, generator.draw(random, 0)));
    const current = profileOf(generator, sampleOf(n, generator.draw(random, shift)));
    const { look } = lookOf(inputOf(spec, reference, current));
    if (look.kind === 'unable') continue;
    const { low, high } = look.comparison.interval;
    if (low <= truth && truth <= high) held += 1;
  }
  return held / repeats;
}
