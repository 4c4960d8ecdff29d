import { Failure } from '../../model/failure.ts';
import type { ClickhouseDb } from '../ports/clickhouse.ts';

export type ConsoleRefusal =
  | 'empty'
  | 'not_a_question'
  | 'stacked'
  | 'writes_a_file'
  | 'reaches_out'
  | 'unreadable';
export type ConsoleVerdict =
  | { readonly kind: 'allowed'; readonly sql: string }
  | { readonly kind: 'refused'; readonly reason: ConsoleRefusal; readonly sentence: string };

const SENTENCES: Readonly<Record<ConsoleRefusal, string>> = {
  empty: 'There is no statement.',
  not_a_question: 'Only SELECT, WITH, FROM, SHOW, DESCRIBE and EXPLAIN are answered here.',
  stacked: 'One statement at a time: remove what follows the semicolon.',
  writes_a_file: 'INTO OUTFILE would write a file on the server; use an export instead.',
  reaches_out: 'Functions that read files, run code or ask other servers are not allowed here.',
  unreadable:
    'A quote or comment is not closed, or a character stands outside quotes that is not allowed here (typographic quotes, $, control characters, a backslash in a name).',
};

/**
 * By which a question would leave the store. The engine's readonly mode refuses the table functions once more. It
 * does not refuse the scalar `file`, also in the form `* APPLY(file)`: so these are refused as words, called or not.
 */
const WORDS = /\b(file|eval|catboostEvaluate|ai(generate|classify|extract|embed|translate))\b/i;
const CALLS = new RegExp(
  `\\b(${[
    ...['filecluster', 'filesystem', 'url', 'urlcluster', 's3', 's3cluster', 'gcs', 'oss', 'cosn', 'hdfs'],
    ...['hdfscluster', 'azureblobstorage\\w*', 'iceberg\\w*', 'deltalake\\w*', 'hudi\\w*', 'paimon\\w*'],
    ...[
      'remote',
      'remotesecure',
      'cluster',
      'clusterallreplicas',
      'mysql',
      'postgresql',
      'sqlite',
      'mongodb',
    ],
    ...[
      'redis',
      'jdbc',
      'odbc',
      'executable',
      'python',
      'ytsaurus',
      'arrow\\w*',
      'prometheus\\w*',
      'dictionary',
    ],
    ...[
      'timeseries\\w*',
      'input',
      'loop',
      'mergetree\\w*',
      'showcertificate',
      'hascolumnintable',
      'fuzzquery',
    ],
  ].join('|')})\\s*\\(`,
  'i',
);
const QUESTION = /^[\s(]*(select|with|from|show|describe|desc|explain)\b/i;

/** Strings, quoted names, comments; and last what must not stand outside of them, because engine and we might read it apart. */
const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  /'(?:[^'\\]|\\[\s\S]|'')*'|`[^`\\]*`|"[^"\\]*"|--[^\n]*|#[ !][^\n]*|\/\*[\s\S]*?\*\/|['"`$\\‘’“”\u0000-\u0008\u000e-\u001f]|\/\*/g;

/** The statement without its strings and comments, so that words in them are no words; undefined when it cannot be told. */
export function withoutLiterals(sql: string): string | undefined {
  const pieces: string[] = [];
  let end = 0;
  for (const { 0: found, index } of sql.matchAll(TOKEN)) {
    // At the first one: going on from an unclosed quote would take quadratic time.
    if (found.length === 1 || found === '/*') return undefined;
    // A quoted name may still be a function's: keep what it says.
    pieces.push(sql.slice(end, index), /^[`"]/.test(found) ? ` ${found.slice(1, -1)} ` : ' ');
    end = index + found.length;
  }
  return pieces.join('') + sql.slice(end);
}

const refuse = (reason: ConsoleRefusal): ConsoleVerdict => ({
  kind: 'refused',
  reason,
  sentence: SENTENCES[reason],
});

/**
 * Whether a person's statement may go to the engine. Readonly mode stands behind this, and is not enough: it lets
 * INTO OUTFILE write and the function `file` read, and for the rest it does not say what to do instead.
 */
export function checkConsoleSql(sql: string): ConsoleVerdict {
  // Anywhere at all, so that this one does not depend on how quotes are read.
  if (/outfile/i.test(sql)) return refuse('writes_a_file');
  const bare = withoutLiterals(sql);
  if (bare === undefined) return refuse('unreadable');
  const statement = bare.replace(/[\s;]+$/, '');
  if (statement.trim() === '') return refuse('empty');
  if (statement.includes(';')) return refuse('stacked');
  if (!QUESTION.test(statement)) return refuse('not_a_question');
  if (WORDS.test(statement) || CALLS.test(statement)) return refuse('reaches_out');
  return { kind: 'allowed', sql: sql.replace(/[\s;]+$/, '') };
}

/** The same database, for questions only. */
export function guardConsole(db: ClickhouseDb): ClickhouseDb {
  const checked = (sql: string): string => {
    const verdict = checkConsoleSql(sql);
    if (verdict.kind === 'allowed') return verdict.sql;
    throw new Failure('query_refused', verdict.sentence, { retryable: false });
  };
  const no = (): Promise<void> =>
    Promise.reject(new Failure('query_refused', 'This connection only reads.', { retryable: false }));
  return {
    query: async (statement) => db.query({ ...statement, sql: checked(statement.sql) }),
    command: async (statement) => db.command({ ...statement, sql: checked(statement.sql) }),
    insertRowBinary: no,
    insertRows: no,
  };
}
