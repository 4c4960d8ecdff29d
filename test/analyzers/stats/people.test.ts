import { describe, expect, it } from 'vitest';
import * as stats from '../../../analyzers/stats/index.ts';
// scikit-learn, statsmodels, krippendorff; popmon's own functions and the rules of Evidently and deepchecks.
import reference from '../../reference/agreement.json' with { type: 'json' };
import tools from '../../reference/compat.json' with { type: 'json' };
import { agrees, defined, undefinedFor } from './support.ts';

describe("Cohen's kappa", () => {
  const { table, ...expected } = reference.cohen;
  it.each(['none', 'linear', 'quadratic'] as const)('weights %s, against scikit-learn', (weights) =>
    agrees(defined(stats.cohenKappa(table, { weights })).value, expected[weights], 1e-12),
  );
  it('by hand: 45 of 60 agree, margins give a half: κ = (0.75 − 0.5)/0.5', () =>
    agrees(
      defined(
        stats.cohenKappa([
          [22.5, 7.5],
          [7.5, 22.5],
        ]),
      ).value,
      0.5,
      1e-12,
    ));
  it('says why not', () => {
    expect(stats.cohenKappa([])).toEqual(undefinedFor('empty'));
    expect(stats.cohenKappa([[1, 2]])).toEqual(undefinedFor('length_mismatch'));
    expect(
      stats.cohenKappa([
        [5, 0],
        [0, 0],
      ]),
    ).toEqual(undefinedFor('constant'));
    expect(stats.cohenKappa([[Number.NaN]])).toEqual(undefinedFor('invalid_count'));
  });
});

describe('several raters', () => {
  it("Fleiss' kappa of the published example is 0.210 (Wikipedia, after Fleiss 1971), to all digits by statsmodels", () => {
    const { value } = defined(stats.fleissKappa(reference.fleiss.ratings));
    agrees(value, 0.21, 0.005);
    agrees(value, reference.fleiss.value, 1e-12);
  });
  it("Krippendorff's alpha with missing ratings, against krippendorff", () =>
    agrees(
      defined(stats.krippendorffAlpha(reference.krippendorff.ratings)).value,
      reference.krippendorff.value,
      1e-12,
    ));
  it('AC1 by hand: 9 items both yes, 1 split: Pa 0.9, shares 0.95 and 0.05, Pe = 2·0.95·0.05', () => {
    const ratings = [...Array.from({ length: 9 }, () => [2, 0]), [1, 1]];
    agrees(defined(stats.gwetAc1(ratings)).value, (0.9 - 0.095) / (1 - 0.095), 1e-12);
    // Kappa of the same ratings is below zero: the paradox AC1 was made for.
    expect(defined(stats.fleissKappa(ratings)).value).toBeLessThan(0);
  });
  it.each([stats.fleissKappa, stats.gwetAc1, stats.krippendorffAlpha])('$name says why not', (measure) => {
    expect(measure([])).toEqual(undefinedFor('empty'));
    expect(
      measure([
        [1, 0],
        [0, 1],
      ]),
    ).toEqual(undefinedFor('empty'));
    expect(measure([[2, 0], [1]])).toEqual(undefinedFor('length_mismatch'));
    expect(measure([[0.5, 2]])).toEqual(undefinedFor('invalid_count'));
    expect(measure([[2], [3]])).toEqual(undefinedFor('constant'));
  });
});

describe('probabilities', () => {
  const { probabilities, outcomes, score, ece } = reference.brier;
  it('Brier score against scikit-learn; the parts add up, with one group per probability and with bins', () => {
    for (const options of [{}, { bins: 10 }]) {
      const b = defined(stats.brier(probabilities, outcomes, options));
      agrees(b.score, score, 1e-12);
      agrees(b.reliability - b.resolution + b.uncertainty + b.withinBins, score, 1e-12);
    }
    agrees(defined(stats.brier(probabilities, outcomes)).withinBins, 0, 0, 1e-12);
  });
  it('Murphy by hand: 0.8 said 5 times and right 4 times, 0.2 said 5 times and right once: reliability 0', () => {
    const p = [0.8, 0.8, 0.8, 0.8, 0.8, 0.2, 0.2, 0.2, 0.2, 0.2];
    const y = [1, 1, 1, 1, 0, 1, 0, 0, 0, 0];
    const b = defined(stats.brier(p, y));
    agrees(b.reliability, 0, 0, 1e-15);
    agrees(b.resolution, 0.09, 1e-12);
    agrees(b.uncertainty, 0.25, 1e-12);
    agrees(b.score, 0.16, 1e-12);
  });
  it('expected calibration error against numpy', () =>
    agrees(defined(stats.calibrationError(probabilities, outcomes)).expected, ece, 1e-12));
  it('says why not', () => {
    for (const f of [stats.brier, stats.calibrationError]) {
      expect(f([], [])).toEqual(undefinedFor('empty'));
      expect(f([0.1], [])).toEqual(undefinedFor('length_mismatch'));
      expect(f([1.1], [1])).toEqual(undefinedFor('bad_parameter'));
      expect(f([Number.NaN], [1])).toEqual(undefinedFor('bad_parameter'));
      expect(f([0.5], [0.5])).toEqual(undefinedFor('bad_parameter'));
      expect(f([0.5], [1], { bins: 0 })).toEqual(undefinedFor('bad_parameter'));
    }
  });
});

describe.each(Object.entries(tools).filter(([name]) => name !== 'versions'))(
  'as other tools: %s',
  (_, entry) => {
    const c = entry as typeof tools.plain;
    it.each(stats.PSI_TOOLS)('PSI as %s', (tool) =>
      agrees(defined(stats.psiAs(tool, c.reference, c.current)).value, c.psi[tool], 1e-9),
    );
    it.each(stats.JS_TOOLS)('Jensen-Shannon as %s', (tool) =>
      agrees(defined(stats.jsAs(tool, c.reference, c.current)).value, c.js[tool], 1e-9),
    );
  },
);

describe('other tools’ rules on nothing', () => {
  it('are ours: a reason', () => {
    expect(stats.psiAs('evidently', [0], [1])).toEqual(undefinedFor('empty'));
    expect(stats.jsAs('popmon', [1], [1, 2])).toEqual(undefinedFor('length_mismatch'));
  });
});
