import type { Problem } from './contract.ts';

/** A path under /api/v1 together with the type of what it answers. */
export type Endpoint<T> = { readonly path: string; readonly answers?: T };

export type Answer<T> =
  | { readonly kind: 'ok'; readonly data: T }
  | { readonly kind: 'problem'; readonly problem: Problem };

const BASE = '/api/v1';

export type AskOptions = {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
};

/** One request. A refusal and an unreachable server are both problems that a panel can show; only an abort throws. */
export async function ask<T>(endpoint: Endpoint<T>, options: AskOptions = {}): Promise<Answer<T>> {
  const { method = 'GET', body, signal } = options;
  let response: Response;
  try {
    response = await fetch(BASE + endpoint.path, {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    return { kind: 'problem', problem: unreachableServer() };
  }
  const text = await response.text();
  const json = parse(text);
  if (response.ok) return { kind: 'ok', data: json as T };
  return { kind: 'problem', problem: asProblem(json, response) };
}

function parse(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const unreachableServer = (): Problem => ({
  type: 'about:blank',
  title: 'Leeway cannot be reached',
  status: 0,
  detail: 'The request got no answer.',
  code: 'unreachable',
  help: 'Check that Leeway is running and that this machine can reach it, then try again.',
  requestId: '',
});

/** RFC 9457, or the nearest to it when something between us and Leeway answered instead. */
function asProblem(json: unknown, response: Response): Problem {
  const found = typeof json === 'object' && json !== null ? (json as Partial<Problem>) : {};
  return {
    type: found.type ?? 'about:blank',
    title: found.title ?? `The server answered ${response.status}`,
    status: found.status ?? response.status,
    detail: found.detail ?? response.statusText,
    code: found.code ?? 'unknown',
    requestId: found.requestId ?? response.headers.get('x-request-id') ?? '',
    ...(found.help === undefined ? {} : { help: found.help }),
    ...(found.errors === undefined ? {} : { errors: found.errors }),
  };
}
