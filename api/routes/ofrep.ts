import { createHash } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { GateCache } from '../../alerts/gate-cache.ts';
import type { Gate } from '../../model/gate.ts';
import { type ApiEnv, requireScope } from '../http.ts';

export type OfrepDeps = { readonly gates: Pick<GateCache, 'get' | 'list'> };

/** OpenFeature Remote Evaluation Protocol, relative to `/ofrep/v1`: what a deciding service asks before it acts. */
export function ofrepRoutes(deps: OfrepDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.use('*', requireScope('ingest', 'read'));

  app.post('/evaluate/flags', async (c) => {
    const request = await parseRequest(c);
    if (request.kind === 'bad')
      return c.json({ errorCode: request.errorCode, errorDetails: request.details }, 400);
    const gates = await deps.gates.list(c.get('principal').project);
    const etag = etagOf(gates);
    c.header('ETag', etag);
    // "no-cache" lets a client keep an answer, and has it ask every time whether it still stands.
    c.header('Cache-Control', 'private, no-cache');
    if (matches(c.req.header('if-none-match'), etag)) return c.body(null, 304);
    return c.json({ flags: gates.flatMap((gate) => FLAGS.map((flag) => evaluate(gate, flag))) });
  });

  app.post('/evaluate/flags/:key{.+}', async (c) => {
    const key = c.req.param('key');
    const request = await parseRequest(c);
    if (request.kind === 'bad')
      return c.json({ key, errorCode: request.errorCode, errorDetails: request.details }, 400);
    const flag = FLAGS.find((name) => key.endsWith(`.${name}`));
    const system = flag === undefined ? undefined : key.slice(0, -(flag.length + 1));
    const gate = system === undefined ? undefined : await deps.gates.get(c.get('principal').project, system);
    if (flag === undefined || gate === undefined) return c.json({ key, ...notFound(key, system) }, 404);
    c.header('Cache-Control', 'no-store');
    return c.json(evaluate(gate, flag));
  });
  return app;
}

const FLAGS = ['model-version', 'route'] as const;
type Flag = (typeof FLAGS)[number];

function evaluate(gate: Gate, flag: Flag) {
  const value = flag === 'route' ? gate.route : gate.servingVersion;
  return {
    key: `${gate.system}.${flag}`,
    value,
    variant: value,
    reason: gate.incident === null ? 'STATIC' : 'TARGETING_MATCH',
    // Metadata holds scalars only; an absent incident is an absent key.
    metadata: {
      revision: gate.revision,
      reason: gate.reason,
      changedBy: gate.changedBy,
      ...(gate.incident === null ? {} : { incident: gate.incident }),
    },
  };
}

const notFound = (key: string, system: string | undefined) => ({
  errorCode: 'FLAG_NOT_FOUND',
  errorDetails:
    system === undefined
      ? `"${key}" is no flag of Leeway: ask for <system>.model-version or <system>.route.`
      : `The system "${system}" has no gate: it gets one with its first deployment.`,
});

type Parsed =
  | { readonly kind: 'ok' }
  | {
      readonly kind: 'bad';
      readonly errorCode: 'PARSE_ERROR' | 'INVALID_CONTEXT' | 'TARGETING_KEY_MISSING';
      readonly details: string;
    };

/** The context takes no part in the answer: a gate is the same for every case. It must be well formed all the same. */
const evaluationContext = z.looseObject({ targetingKey: z.string().optional() });

async function parseRequest(c: Context<ApiEnv>): Promise<Parsed> {
  const text = await c.req.text();
  if (text.trim() === '') return { kind: 'ok' };
  const body = parseJson(text);
  if (body === undefined) return { kind: 'bad', errorCode: 'PARSE_ERROR', details: 'The body is not JSON.' };
  const request = z.looseObject({ context: z.unknown().optional() }).safeParse(body);
  if (!request.success)
    return { kind: 'bad', errorCode: 'PARSE_ERROR', details: 'The body is not an object with a "context".' };
  if (request.data.context === undefined) return { kind: 'ok' };
  return evaluationContext.safeParse(request.data.context).success
    ? { kind: 'ok' }
    : {
        kind: 'bad',
        errorCode: 'INVALID_CONTEXT',
        details: '"context" is an object; its targetingKey is a string.',
      };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Changes with every gate of the project, and with nothing else. */
function etagOf(gates: readonly Gate[]): string {
  const state = JSON.stringify(gates.map((gate) => [gate.system, gate.revision]));
  return `"${createHash('sha256').update(state).digest('base64url').slice(0, 27)}"`;
}

const matches = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  (header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag));
