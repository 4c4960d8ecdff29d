import type { Environment } from '../config/environment.ts';

const DEFAULT_URL = 'http://127.0.0.1:4300';

export type Answer =
  | { readonly kind: 'answered'; readonly body: unknown }
  | { readonly kind: 'failed'; readonly code: 1 | 2 | 3 | 4 | 7; readonly sentence: string };

const CODES: Readonly<Record<number, 1 | 3 | 4>> = { 401: 4, 403: 4, 404: 3 };

/** Asks the running Leeway that LEEWAY_URL and LEEWAY_TOKEN name. A refusal comes back with what to do about it. */
export async function askLeeway(environment: Environment, path: string, body?: unknown): Promise<Answer> {
  const url = new URL(path, environment['LEEWAY_URL'] ?? DEFAULT_URL);
  const token = environment['LEEWAY_TOKEN'];
  if (token === undefined)
    return {
      kind: 'failed',
      code: 2,
      sentence:
        'LEEWAY_TOKEN is not set. It is the part behind `token=` in the link that `npm start` prints.',
    };
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
  } catch {
    const sentence = `no Leeway answers at ${url.origin}. Start one with npm start, or set LEEWAY_URL.`;
    return { kind: 'failed', code: 7, sentence };
  }
  const text = await response.text();
  if (response.ok) return { kind: 'answered', body: JSON.parse(text) };
  return { kind: 'failed', code: CODES[response.status] ?? 1, sentence: problemWords(text) };
}

function problemWords(text: string): string {
  try {
    const { detail, help, errors = [] } = JSON.parse(text);
    const more = errors.map(
      ({ path, message }: { path: string; message: string }) => `  ${path}: ${message}`,
    );
    return [[detail, help].filter(Boolean).join(' '), ...more].join('\n');
  } catch {
    return text;
  }
}
