import { Failure } from '../../model/failure.ts';
import type { ClickhouseDb } from '../ports/clickhouse.ts';

export type ConsoleVerdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'refused'; readonly reason: ConsoleRefusal; readonly sentence: string };
export type ConsoleRefusal =
  | 'empty'
  | 'not_a_question'
  | 'stacked'
  | 'writes_a_file'
  | 'reaches_out'
  | 'unclosed';

const SENTENCES: Readonly<Record<ConsoleRefusal, string>> = {
  empty: 'There is no statement.',
  not_a_question: 'Only SELECT, WITH, SHOW, DESCRIBE, EXPLAIN and EXISTS are answered here.',
  stacked: 'One statement at a time: remove what follows the semicolon.',
  writes_a_file: 'INTO OUTFILE would write a file on the server; use an export instead.',
  reaches_out: 'Table functions and engines that read files or other servers are not allowed here.',
  unclosed: 'A quote or comment is not closed.',
};

/** Functions, engines and databases by which a query leaves the store. Closed by the engine's readonly mode as well. */
const REACHES_OUT =
  /\b(file|filecluster|url|urlcluster|s3|s3cluster|gcs|oss|cosn|remote|remotesecure|cluster|clusterallreplicas|hdfs|hdfscluster|azureblobstorage\w*|iceberg\w*|deltalake\w*|hudi\w*|paimon\w*|mysql|postgresql|sqlite|mongodb|redis|jdbc|odbc|executable|input|python|ytsaurus|arrowflight|prometheus\w*|timeseries\w*|dictionary|catboostevaluate)\s*\(/i;
const QUESTION = /^\s*\(*\s*(select|with|show|describe|desc|explain|exists)\b/i;

/** The statement without its strings and comments, so that words inside them are no words; undefined when one is unclosed. */
export function withoutLiterals(sql: string): string | undefined {
  const token =
    /'(?:[^'\\]|\\[\s\S]|'')*'|`(?:[^`\\]|\\[\s\S]|``)*`|"(?:[^"\\]|\\[\s\S]|"")*"|--[^\n]*|#[ !][^\n]*|\/\*[\s\S]*?\*\/|['"`]|\/\*|\$/g;
  let unclosed = false;
  const bare = sql.replace(token, (found) => {
    if (/^(?:['"`]|\/\*|\$)$/.test(found)) unclosed = true;
    // A quoted identifier may still name a function: keep what it says.
    return /^[`"]/.test(found) ? ` ${found.slice(1, -1)} ` : ' ';
  });
  return unclosed ? undefined : bare;
}

const refuse = (reason: ConsoleRefusal): ConsoleVerdict => ({
  kind: 'refused',
  reason,
  sentence: SENTENCES[reason],
});

/**
 * Whether a person's statement may go to the engine. The engine's own readonly mode stands behind this; it lets
 * INTO OUTFILE through, though, and answers the rest in a way that does not say what to do instead.
 */
export function checkConsoleSql(sql: string): ConsoleVerdict {
  const bare = withoutLiterals(sql);
  if (bare === undefined) return refuse('unclosed');
  const statement = bare.replace(/[\s;]+$/, '');
  if (statement.trim() === '') return refuse('empty');
  if (statement.includes(';')) return refuse('stacked');
  if (!QUESTION.test(statement)) return refuse('not_a_question');
  if (/\boutfile\b/i.test(statement)) return refuse('writes_a_file');
  if (REACHES_OUT.test(statement)) return refuse('reaches_out');
  return { kind: 'allowed' };
}

/** The same database, for questions only. */
export function guardConsole(db: ClickhouseDb): ClickhouseDb {
  const check = (sql: string): void => {
    const verdict = checkConsoleSql(sql);
    if (verdict.kind === 'refused')
      throw new Failure('query_refused', verdict.sentence, { retryable: false });
  };
  const no = (): Promise<void> =>
    Promise.reject(new Failure('query_refused', 'This connection only reads.', { retryable: false }));
  return {
    query: async (statement) => {
      check(statement.sql);
      return db.query({ ...statement, sql: statement.sql.replace(/[\s;]+$/, '') });
    },
    command: async (statement) => {
      check(statement.sql);
      await db.command(statement);
    },
    insertRowBinary: no,
    insertRows: no,
  };
}
