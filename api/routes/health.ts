import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { type ApiEnv, access, jsonResponse } from '../http.ts';

/** Resolves when the dependency answers; throws when it does not. */
export type ReadyCheck = { readonly name: string; readonly check: () => Promise<void> };
/** A dependency that takes longer is not ready. */
const CHECK_TIMEOUT_MS = 2_000;

export type HealthDeps = {
  readonly readiness: readonly ReadyCheck[];
  /** Prometheus text format. */
  readonly metrics: () => string | Promise<string>;
};

const ready = z.object({
  ready: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ready: z.boolean() })),
});

const healthz = createRoute({
  method: 'get',
  path: '/healthz',
  tags: ['operation'],
  summary: 'The process is alive',
  responses: { 200: jsonResponse(z.object({ status: z.literal('ok') }), 'It is.') },
});
const readyz = createRoute({
  method: 'get',
  path: '/readyz',
  tags: ['operation'],
  summary: 'What Leeway depends on, and whether each part answers',
  responses: {
    200: jsonResponse(ready, 'All parts answer.'),
    503: jsonResponse(ready, 'At least one does not.'),
  },
});
const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  tags: ['operation'],
  summary: 'Metrics of Leeway itself, in the Prometheus text format',
  ...access('read'),
  responses: {
    200: { description: 'Metrics.', content: { 'text/plain': { schema: z.string() } } },
  },
});

/** Paths are absolute. What failed and why stays in the logs: these answers are for everyone. */
export function healthRoutes(deps: HealthDeps): OpenAPIHono<ApiEnv> {
  const app = new OpenAPIHono<ApiEnv>();
  app.openapi(healthz, (c) => c.json({ status: 'ok' as const }, 200));
  app.openapi(readyz, async (c) => {
    const checks = await Promise.all(
      deps.readiness.map(async ({ name, check }) => ({ name, ready: await answers(check) })),
    );
    const all = checks.every((one) => one.ready);
    return c.json({ ready: all, checks }, all ? 200 : 503);
  });
  app.openapi(metrics, async (c) =>
    c.text(await deps.metrics(), 200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }),
  );
  return app;
}

async function answers(check: () => Promise<void>): Promise<boolean> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('too slow')), CHECK_TIMEOUT_MS);
  return Promise.race([check(), late])
    .then(
      () => true,
      () => false,
    )
    .finally(() => clearTimeout(timer));
}
