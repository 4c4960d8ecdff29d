import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import { withoutLiterals } from '../../../store/clickhouse/console.ts';
import type { QueryRequest } from './request.ts';

export class ServerException extends Error {
  readonly code: number;
  readonly text: string;
  constructor(code: number, type: string, message: string) {
    super(message);
    this.code = code;
    this.text = `Code: ${code}. DB::Exception: ${message}. (${type}) (version 26.7.2.1)`;
  }
  /** The engine's own words, when it has a code to them. */
  static from(error: unknown): { readonly code: number; readonly text: string } {
    if (error instanceof ServerException) return error;
    const text = error instanceof Error ? error.message : String(error);
    return { code: Number(/Code: (\d+)/.exec(text)?.[1] ?? 1002), text };
  }
}

export type QueryAnswer = {
  readonly body: Uint8Array;
  readonly format: string;
  readonly summary: Readonly<Record<string, string>>;
};

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/**
 * A connection per request: what one request sets is gone with it, as on a server. Parameters are set as they came,
 * since the engine reads both in the same escaping.
 */
export async function runRequest(path: string, request: QueryRequest): Promise<QueryAnswer> {
  refuseStacked(request);
  const file = join(tmpdir(), `leeway-test-body-${randomUUID()}`);
  const session = new Session(path);
  try {
    const { readonly, ...settings } = request.settings;
    const sets = [
      `USE ${request.database}`,
      ...Object.entries(request.params).map(([name, value]) => `SET param_${name} = ${quoted(value)}`),
      ...Object.entries(settings).map(([name, value]) => `SET ${name} = ${quoted(value)}`),
      ...(readonly === undefined ? [] : [`SET readonly = ${quoted(readonly)}`]),
    ];
    for (const set of sets) await session.queryAsync(set);
    if (request.data.length > 0) writeFileSync(file, request.data);
    const result = await session.queryAsync(withData(request, file), { format: request.defaultFormat });
    const rows = String(result.rowsRead);
    return {
      body: result.bytes(),
      format: /\bFORMAT\s+(\w+)\s*;?\s*$/i.exec(request.query)?.[1] ?? request.defaultFormat,
      summary: {
        ...{ read_rows: rows, read_bytes: String(result.bytesRead), written_rows: '0', written_bytes: '0' },
        ...{ total_rows_to_read: '0', result_rows: rows, result_bytes: '0' },
        elapsed_ns: String(Math.round(result.elapsed * 1e9)),
      },
    };
  } finally {
    session.close();
    rmSync(file, { force: true });
  }
}

/** A server reads one statement per request; the engine in process would run them all. */
function refuseStacked({ query }: QueryRequest): void {
  const ofAnInsert = /^\s*INSERT\b/i.test(query);
  const bare = withoutLiterals(query)?.replace(/[\s;]+$/, '');
  if (!ofAnInsert && bare?.includes(';') === true)
    throw new ServerException(62, 'SYNTAX_ERROR', 'Syntax error (Multi-statements are not allowed)');
}

/** The body's bytes come from a file here; the statement says so where it spoke of the request. */
function withData({ query, data }: QueryRequest, file: string): string {
  if (data.length === 0) return query;
  const [, format = 'TabSeparated'] = /\bFORMAT\s+(\w+)\s*$/i.exec(query) ?? [];
  const statement = query.replace(/\bFORMAT\s+\w+\s*$/i, '');
  if (/\binput\(/.test(statement))
    return statement.replace(/\binput\(/, `file(${quoted(file)}, ${quoted(format)}, `);
  if (/^\s*INSERT\b/i.test(query)) return `${statement} FROM INFILE ${quoted(file)} FORMAT ${format}`;
  // Without INSERT the body goes on where the URL's part of the query ends.
  return `${query}\n${data.toString('utf8')}`;
}
