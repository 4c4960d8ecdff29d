import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { type ApiEnv, access, newRoutes, problemResponse, problems } from '../http.ts';
import type { LiveHub } from '../live-hub.ts';

const RETRY_AFTER_S = 5;

const route = createRoute({
  method: 'get',
  path: '/events',
  tags: ['live'],
  summary: 'Server-sent events: hints that something changed',
  description:
    '`id:` is the sequence number, `event:` the topic, `data:` `{"ref": …}`. With `Last-Event-ID` what was missed is replayed, or `event: reset` says to ask for everything again.',
  ...access('read'),
  request: {
    headers: z.object({
      'last-event-id': z
        .string()
        .regex(/^\d{0,15}$/)
        .optional(),
    }),
  },
  responses: {
    200: { description: 'An endless stream.', content: { 'text/event-stream': { schema: z.string() } } },
    ...problems(400, 429),
  },
});

export function liveRoutes(hub: LiveHub): OpenAPIHono<ApiEnv> {
  const app = newRoutes();
  app.openapi(route, async (c) => {
    const last = c.req.valid('header')['last-event-id'];
    const afterSeq = last === undefined || last === '' ? undefined : Number(last);
    const stream = await hub.open(c.get('principal').project, afterSeq);
    if (stream === 'full') {
      c.header('Retry-After', String(RETRY_AFTER_S));
      return problemResponse(c, {
        status: 429,
        code: 'rate_limited',
        detail: 'As many screens are open as this process serves.',
        help: 'Close some, or start another web process.',
      });
    }
    return c.body(stream, 200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
  });
  return app;
}
