import type { DocumentInput } from '../../../model/documents/document.ts';
import { seededRandom } from '../../../model/seeded-random.ts';
import { decisionRow, outcomeRow } from './rows.ts';
import { DAY, HOUR } from './world.ts';

export const T0 = Date.UTC(2026, 2, 2);
const PER_DAY = 2_500;
/** Two days stand for a year of the census; the first two are the reference. */
const DAYS_PER_YEAR = 2;
/** From here the model is wrong in three cases of ten, where it was in 17 of a hundred; nobody's answers changed. */
export const LOSS_MS = T0 + 4 * DAYS_PER_YEAR * DAY;
const DAYS_OF_LOSS = 3;

/**
 * Shares measured in the US Census Bureau's American Community Survey, public use microdata, Massachusetts, 2015 to 2018
 * (public domain), with the employment model that NannyML publishes beside them: ancestry and moves drift from year to
 * year, the share of wrong predictions stays at 0.17 (0.173, 0.175, 0.171, 0.172).
 */
const YEARS = [
  { ancestry: [0.5233, 0.3307, 0.1372, 0.0088], moved: 0.1169, wrong: 0.1728 },
  { ancestry: [0.491, 0.3496, 0.1473, 0.0121], moved: 0.1201, wrong: 0.1747 },
  { ancestry: [0.4828, 0.3425, 0.1628, 0.0118], moved: 0.1254, wrong: 0.1708 },
  { ancestry: [0.4803, 0.3335, 0.1722, 0.014], moved: 0.1174, wrong: 0.1718 },
] as const;
const LOSS = 0.3;

const pick = (shares: readonly number[], u: number): number => {
  let sum = 0;
  const at = shares.findIndex((share) => {
    sum += share;
    return u < sum;
  });
  return at < 0 ? shares.length - 1 : at;
};

/** Predictions of employment, one after the other through the years; each is known to be right or wrong an hour later. */
export function census(project: string) {
  const random = seededRandom(2018);
  const decisions: Record<string, unknown>[] = [];
  const outcomes: Record<string, unknown>[] = [];
  const days = YEARS.length * DAYS_PER_YEAR + DAYS_OF_LOSS;
  for (let i = 0; i < days * PER_DAY; i += 1) {
    const timeMs = T0 + Math.floor((i * DAY) / PER_DAY);
    const year = YEARS[Math.min(YEARS.length - 1, Math.floor((timeMs - T0) / (DAYS_PER_YEAR * DAY)))];
    if (!year) continue;
    const employed = random() < 0.5;
    const wrong = random() < (timeMs >= LOSS_MS ? LOSS : year.wrong);
    const common = { project, system: 'employment', id: `p${i}` };
    decisions.push(
      decisionRow({
        ...common,
        timeMs,
        value: employed ? 'employed' : 'not_employed',
        score: employed ? 0.8282 : 0.1718,
        num: { age: Math.floor(100 * random()) },
        cat: {
          ancestry: String(1 + pick([...year.ancestry], random())),
          moved: random() < year.moved ? 'yes' : 'no',
        },
      }),
    );
    const value = employed === wrong ? 'not_employed' : 'employed';
    outcomes.push(outcomeRow({ ...common, timeMs: timeMs + HOUR, value }));
  }
  return { decisions, outcomes, untilMs: T0 + days * DAY };
}

const of = (kind: string, name: string, spec: unknown): DocumentInput =>
  ({ apiVersion: 'leeway.dev/v1', kind, metadata: { name }, spec }) as DocumentInput;

/** Everything may page: what keeps the drift from it is its impact. */
export const CENSUS_DOCUMENTS: readonly DocumentInput[] = [
  of('System', 'employment', {}),
  of('SLO', 'right-predictions', {
    ...{ system: 'employment', sli: { kind: 'correctness' }, target: '75%', minimumN: 200 },
  }),
  of('Monitor', 'people', {
    kind: 'drift',
    system: 'employment',
    features: ['ancestry', 'moved', 'age'],
    window: '1d',
    limit: 0.005,
    reference: { kind: 'first', length: '2d' },
    severity: 'page',
  }),
  of('Monitor', 'accuracy', {
    kind: 'performance',
    system: 'employment',
    window: '1d',
    task: { kind: 'binary', positive: ['employed'], metrics: ['accuracy'] },
    reference: { kind: 'first', length: '2d' },
    estimate: false,
    severity: 'page',
  }),
];
