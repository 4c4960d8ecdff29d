import { readFileSync } from 'node:fs';
import { parseDocuments } from '../../api/documents.ts';
import type { Environment } from '../config/environment.ts';

/** `leeway validate FILE`: 0 when every document is right, else 2 with every mistake. */
export function validate(files: readonly string[]): number {
  let mistakes = 0;
  for (const file of files) {
    const parsed = parseDocuments(readFileSync(file, 'utf8'));
    if (parsed.kind === 'parsed') {
      process.stdout.write(`${file}: ${parsed.sources.length} documents, all right\n`);
      continue;
    }
    mistakes += parsed.errors.length;
    for (const { path, message } of parsed.errors) process.stderr.write(`${file}: ${path}: ${message}\n`);
  }
  return mistakes === 0 ? 0 : 2;
}

type Change = {
  readonly kind: string;
  readonly name: string;
  readonly change: string;
  readonly version: number;
};

/** `leeway apply FILE [--dry-run]`: sends documents to a running Leeway (LEEWAY_URL, LEEWAY_TOKEN). */
export async function apply(
  files: readonly string[],
  dryRun: boolean,
  environment: Environment,
): Promise<number> {
  const url = environment['LEEWAY_URL'] ?? 'http://127.0.0.1:4300';
  const token = environment['LEEWAY_TOKEN'];
  if (token === undefined) {
    process.stderr.write(
      'LEEWAY_TOKEN is not set. It is the part behind `token=` in the link that `npm start` prints.\n',
    );
    return 2;
  }
  for (const file of files) {
    const answer = await send(`${url}/api/v1/documents`, token, { yaml: readFileSync(file, 'utf8'), dryRun });
    if (answer.kind === 'failed') {
      process.stderr.write(`${file}: ${answer.sentence}\n`);
      return answer.code;
    }
    for (const { kind, name, change, version } of answer.changes) {
      process.stdout.write(
        `${change.padEnd(9)} ${kind} ${name} (version ${version})${dryRun ? ', not written' : ''}\n`,
      );
    }
  }
  return 0;
}

type Sent =
  | { readonly kind: 'done'; readonly changes: readonly Change[] }
  | { readonly kind: 'failed'; readonly code: number; readonly sentence: string };

async function send(url: string, token: string, body: unknown): Promise<Sent> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  } catch {
    return {
      kind: 'failed',
      code: 7,
      sentence: `no Leeway answers at ${url}. Start one with npm start, or set LEEWAY_URL.`,
    };
  }
  const text = await response.text();
  if (response.ok) return { kind: 'done', changes: JSON.parse(text).changes };
  return { kind: 'failed', code: response.status === 401 || response.status === 403 ? 4 : 1, sentence: text };
}
