import type { DecisionRecord } from './record.ts';
import { addSink } from './sinks.ts';

export type TestSink = Disposable & {
  /** Every decision ended since the sink was made, in order; those without a value too. */
  readonly records: readonly DecisionRecord[];
  readonly clear: () => void;
};

/** A test double: sees what code under test decides, with no OpenTelemetry SDK and no Leeway. `using` removes it. */
export function createTestSink(): TestSink {
  const records: DecisionRecord[] = [];
  const remove = addSink((record) => records.push(record));
  return {
    records,
    clear: () => {
      records.length = 0;
    },
    [Symbol.dispose]: remove,
  };
}
