import { Hono } from 'hono';
import type { Claimed, ReviewRow } from '../../../api/contract/review.ts';
import { decisionDetail } from './fixtures/decisions.ts';
import { queues, reviewRows } from './fixtures/operate.ts';

const LEASE_MS = 300_000;

/** A queue of eight items with claims, fences, rulings and undo: enough for a reviewer's whole journey. */
export function reviewDesk(empty: () => boolean): Hono {
  const rows = reviewRows();
  const fences = new Map<string, number>();
  const app = new Hono();
  const change = (id: string, patch: Partial<ReviewRow>): ReviewRow | undefined => {
    const at = rows.findIndex((row) => row.id === id);
    const row = rows[at];
    if (row === undefined) return undefined;
    const changed = { ...row, ...patch };
    rows[at] = changed;
    return changed;
  };
  const lease = (): string => new Date(Date.now() + LEASE_MS).toISOString();
  const claim = (row: ReviewRow, reviewer: string): Claimed => {
    const fence = (fences.get(row.id) ?? 0) + 1;
    fences.set(row.id, fence);
    const item =
      change(row.id, {
        state: 'claimed',
        claimedBy: reviewer,
        leaseUntil: lease(),
        ruling: null,
        ruledBy: '',
        ruledAt: null,
      }) ?? row;
    return { item, fence, decision: decisionDetail(row.decisionId), values: ['hold', 'let_go', 'ask'] };
  };

  app.get('/queues', (c) =>
    c.json({
      rows: empty()
        ? []
        : queues().map((queue) =>
            queue.name === 'default'
              ? { ...queue, waiting: rows.filter((row) => row.state === 'open').length }
              : queue,
          ),
    }),
  );
  app.get('/items', (c) =>
    c.json(empty() ? { rows: [], total: 0 } : { rows: rows.slice(0, 20), total: rows.length }),
  );
  app.post('/next', async (c) => {
    const { reviewer } = await c.req.json<{ reviewer: string }>();
    const row = rows.find((one) => one.state === 'open');
    return c.json(row === undefined ? null : claim(row, reviewer));
  });
  app.post('/items/:id/:what', async (c) => {
    const { id, what } = c.req.param();
    const body = await c.req.json<{ reviewer: string; fence?: number; ruling?: ReviewRow['ruling'] }>();
    const row = rows.find((one) => one.id === id);
    if (row === undefined) return c.json({ title: 'Not found', status: 404, detail: '' }, 404);
    if (what === 'undo') return c.json(claim(row, body.reviewer));
    if (body.fence !== fences.get(id))
      return c.json({ title: 'Another reviewer has it', status: 409, detail: 'Your claim ended.' }, 409);
    if (what === 'rule')
      return c.json(
        change(id, {
          state: 'ruled',
          ruling: body.ruling ?? null,
          ruledBy: body.reviewer,
          ruledAt: new Date().toISOString(),
        }),
      );
    return c.json(
      change(
        id,
        what === 'renew' ? { leaseUntil: lease() } : { state: 'open', claimedBy: '', leaseUntil: null },
      ),
    );
  });
  return app;
}
