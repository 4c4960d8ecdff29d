import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Seconds, on two cores. A long file that starts last leaves the other core idle; a clean checkout remembers no run, and
 * the size of a file says nothing about its time.
 */
const LONG_S: Readonly<Record<string, number>> = {
  'scenario/demo': 110,
  'browser/pages': 80,
  'chaos/kill': 75,
  'chaos/power-loss': 55,
  'analyzers/alarm-census': 35,
  'chaos/kill-all': 32,
  'chaos/store-away': 31,
  'store/private-server': 30,
  'browser/journeys': 30,
  'analyzers/performance-run': 29,
  'analyzers/schedule-kill': 26,
  'analyzers/replay': 24,
  'chaos/disk-error-stores': 23,
  'api/reads': 22,
  'chaos/malformed': 21,
  'scenario/process': 20,
  'compare/command': 19,
  'chaos/disk-full': 18,
  'collector/load': 17,
  'chaos/overload': 15,
  'collector/replay': 14,
  'app/replay': 12,
  'analyzers/sample-run': 13,
  'chaos/disk-error': 13,
  'store/clickhouse-contract': 13,
};

const longS = ({ moduleId }: TestSpecification): number =>
  LONG_S[/\/test\/(.+)\.test\.ts$/.exec(moduleId)?.[1] ?? ''] ?? 0;

/** The long ones first; the others as Vitest orders them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => longS(b) - longS(a));
  }
}
