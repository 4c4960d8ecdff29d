import { problem } from '../../api/contract/common.ts';
import type { Environment } from '../config/environment.ts';

const DEFAULT_URL = 'http://127.0.0.1:4300';

export type Answered =
  | { readonly kind: 'answer'; readonly body: unknown }
  | { readonly kind: 'refused'; readonly sentence: string; readonly code: number };

/** Asks a running Leeway (LEEWAY_URL, LEEWAY_TOKEN) on the API; a refusal has the exit code it stands for. */
export async function askLeeway(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  environment: Environment,
  body?: unknown,
): Promise<Answered> {
  const token = environment['LEEWAY_TOKEN'];
  if (token === undefined || token === '')
    return {
      kind: 'refused',
      sentence:
        'LEEWAY_TOKEN is not set. It is the part behind `token=` in the link that `npm start` prints.',
      code: 2,
    };
  const url = new URL(`/api/v1${path}`, environment['LEEWAY_URL'] ?? DEFAULT_URL);
  let answer: Response;
  try {
    answer = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    const sentence = `no Leeway answers at ${url.origin}. Start one with npm start, or set LEEWAY_URL.`;
    return { kind: 'refused', sentence, code: 7 };
  }
  const text = await answer.text();
  if (answer.ok) return { kind: 'answer', body: text === '' ? null : JSON.parse(text) };
  return { kind: 'refused', sentence: sentenceIn(text), code: codeOf(answer.status) };
}

/** What a problem document says: its sentence, what to do next, and each mistake with its place. */
const told = problem.pick({ detail: true, help: true, errors: true });
function sentenceIn(text: string): string {
  const read = told.safeParse(parsed(text));
  if (!read.success) return text;
  const { detail, help = '', errors = [] } = read.data;
  const mistakes = errors.map(({ path, message }) => `  ${path}: ${message}`);
  return [`${detail} ${help}`.trim(), ...mistakes].join('\n');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function codeOf(status: number): number {
  if (status === 401 || status === 403) return 4;
  if (status === 404) return 3;
  return status < 500 ? 2 : 1;
}
