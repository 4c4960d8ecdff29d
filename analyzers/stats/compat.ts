import { jensenShannonDistance, jensenShannonDivergence } from './jensen-shannon.ts';
import { klTerm } from './kullback-leibler.ts';
import { type Distance, distance } from './measured.ts';
import { psiTerm } from './psi.ts';
import { type Counts, sumOverBins, toShares } from './shares.ts';

/**
 * The same name means different numbers in different tools. These give the number of the named tool FROM THE SAME
 * COUNTS; how a tool bins raw values is not part of it. Inputs and empties as in `psi`. Cost O(bins).
 */

export const PSI_TOOLS = ['evidently', 'popmon', 'deepchecks'] as const;
export type PsiTool = (typeof PSI_TOOLS)[number];

/** Evidently: an empty bin becomes this, or a millionth of the smallest filled one where that is no larger. */
const EVIDENTLY_FILL = 1e-4;
const EVIDENTLY_SHRINK = 1e6;
/** popmon adds this to every share. */
const POPMON_EPSILON = 1e-5;
/** deepchecks raises every share to this. */
const DEEPCHECKS_FLOOR = 0.01;

/** The share a tool uses in place of each share of one side; never renormalised. */
const ADJUST: Readonly<Record<PsiTool, (side: readonly number[]) => readonly number[]>> = {
  evidently: (side) => {
    const smallest = side.reduce((least, p) => (p > 0 ? Math.min(least, p) : least), Infinity);
    const fill = smallest <= EVIDENTLY_FILL ? smallest / EVIDENTLY_SHRINK : EVIDENTLY_FILL;
    return side.map((p) => (p === 0 ? fill : p));
  },
  popmon: (side) => side.map((p) => p + POPMON_EPSILON),
  deepchecks: (side) => side.map((p) => Math.max(p, DEEPCHECKS_FLOOR)),
};

/**
 * PSI as another tool computes it. Bins empty on both sides are filled on both and add nothing.
 * Source: Evidently 0.7 (stattests, get_binned_data with feel_zeroes), popmon 1 (comparison functions), deepchecks 0.19.
 */
export function psiAs(tool: PsiTool, reference: Counts, current: Counts): Distance {
  const shares = toShares(reference, current);
  if (shares.kind === 'undefined') return shares;
  const adjust = ADJUST[tool];
  return distance(sumOverBins(adjust(shares.reference), adjust(shares.current), psiTerm));
}

export const JS_TOOLS = ['scipy', 'evidently', 'nannyml', 'tfdv', 'popmon'] as const;
export type JsTool = (typeof JS_TOOLS)[number];

/** Divergence base e, without the root, and with popmon's epsilon on every share, the mixture's too. */
function popmonDivergence(reference: Counts, current: Counts): Distance {
  const shares = toShares(reference, current);
  if (shares.kind === 'undefined') return shares;
  const sum = sumOverBins(shares.reference, shares.current, (p, q) => {
    const middle = (p + q) / 2 + POPMON_EPSILON;
    return klTerm(p + POPMON_EPSILON, middle) + klTerm(q + POPMON_EPSILON, middle);
  });
  return distance(sum / 2);
}

/** Distance (root) or divergence (none), and the base of the logarithm. */
const JS: Readonly<Record<JsTool, (reference: Counts, current: Counts) => Distance>> = {
  scipy: (r, c) => jensenShannonDistance(r, c, { base: Math.E }),
  evidently: (r, c) => jensenShannonDistance(r, c, { base: Math.E }),
  nannyml: (r, c) => jensenShannonDistance(r, c, { base: 2 }),
  tfdv: (r, c) => jensenShannonDivergence(r, c, { base: 2 }),
  popmon: popmonDivergence,
};

/** Jensen-Shannon as another tool computes it. Source: scipy.spatial.distance; NannyML 0.13; TFDV; popmon 1. */
export const jsAs = (tool: JsTool, reference: Counts, current: Counts): Distance =>
  JS[tool](reference, current);
