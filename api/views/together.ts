import { MULTIVARIATE_STATISTICS } from '../../model/documents/monitor/multivariate.ts';
import { type Finding, isFiring } from '../../model/finding.ts';
import type { SystemDetail } from '../contract/systems.ts';
import { isoOrNull } from '../query/series.ts';

const MULTIVARIATE: ReadonlySet<string> = new Set(MULTIVARIATE_STATISTICS);

/** Of features together, of texts or of vectors, rather than of one value each. */
export const isTogether = ({ statistic }: Finding): boolean => MULTIVARIATE.has(statistic);

/** What was last said of features together: what fires first. */
export const togetherRows = (latest: readonly Finding[]): SystemDetail['together'] =>
  latest
    .filter(isTogether)
    .toSorted((a, b) => Number(isFiring(b.verdict)) - Number(isFiring(a.verdict)))
    .map(({ monitor, subject, statistic, verdict, value, limit, n, onsetMs, sentence }) => ({
      ...{ monitor, subject, statistic, verdict, value, limit, n, sentence },
      since: isFiring(verdict) ? isoOrNull(onsetMs) : null,
    }));
