import { asNumber, asText } from '../../analyzers/compare/cells-sql.ts';
import { compare } from '../../analyzers/drift/compare.ts';
import { openFileEngine } from '../../app/commands/file-engine.ts';
import type { FeatureSummary } from '../../model/feature-summary.ts';
import { summariseColumn } from '../../store/clickhouse/column-summary.ts';
import { type Cost, cost } from './cost.ts';

export type Raw = { readonly rows: number; readonly cost: Cost; readonly rowsPerCpuSecond: number };

/** One column of numbers, from raw values to a binned comparison of its two halves: as many scans as that takes. */
export async function measureRaw(rows: number): Promise<Raw> {
  const engine = openFileEngine();
  const column = { name: 'c', place: 0, store: 'number' as const };
  const of = { feature: 'c', number: asNumber(column), text: asText(column), kind: 'numeric' as const };
  const sides: FeatureSummary[] = [];
  let spent = { wallSeconds: 0, cpuSeconds: 0 };
  try {
    for (const seed of [1, 2]) {
      await engine.db.command({ sql: 'DROP TABLE IF EXISTS reference' });
      await engine.db.command({
        sql: `CREATE TABLE reference ENGINE = MergeTree ORDER BY tuple() AS
          SELECT toNullable(exp(randNormal(3, 1, ${seed}))) AS c0 FROM numbers(${Math.trunc(rows / 2)})`,
      });
      const one = await cost(async () => {
        sides.push(await summariseColumn(engine.db, { table: 'reference', ...of }, rows / 2));
        const [reference, current] = sides;
        if (reference && current) compare('js_distance', 'numeric', reference, current);
      });
      spent = {
        wallSeconds: spent.wallSeconds + one.wallSeconds,
        cpuSeconds: spent.cpuSeconds + one.cpuSeconds,
      };
    }
  } finally {
    await engine.close();
  }
  return { rows, cost: spent, rowsPerCpuSecond: Math.round(rows / spent.cpuSeconds) };
}
