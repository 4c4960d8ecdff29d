import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Finding } from '../../model/finding.ts';
import { FINDING_KINDS, VERDICTS } from '../../model/finding.ts';
import { type LedgerEntry, ledgerBalances } from '../../store/ports/ledger.ts';
import { auditRow, type FindingRow, findingRow, type Ledger, ledger } from '../contract/operate.ts';
import type { ReadDeps } from '../deps.ts';
import { type ApiEnv, access, jsonResponse, newRoutes, problemResponse, problems } from '../http.ts';
import { rangeQuery, resolveRange } from '../query/range.ts';
import { iso, isoOrNull } from '../query/series.ts';
import { loadPicture, newestMs } from '../views/picture.ts';

const REFUSALS = 50;
const limitQuery = (most: number, usual: number) => z.coerce.number().int().min(1).max(most).default(usual);

const ledgerRoute = createRoute({
  method: 'get',
  path: '/ledger',
  tags: ['operation'],
  summary: 'What came in = stored + rejected + deduplicated + pending, by minute of receipt (wall clock)',
  ...access('read'),
  request: { query: rangeQuery },
  responses: { 200: jsonResponse(ledger, 'The ledger.'), ...problems(400) },
});
const findingsRoute = createRoute({
  method: 'get',
  path: '/findings',
  tags: ['findings'],
  summary: 'What analyzers said, newest window first',
  ...access('read'),
  request: {
    query: rangeQuery.extend({
      system: z.string().max(128).optional(),
      monitor: z.string().max(63).optional(),
      kind: z.enum(FINDING_KINDS).optional(),
      subject: z.string().max(128).optional(),
      verdict: z.enum(VERDICTS).optional(),
      limit: limitQuery(1_000, 100),
    }),
  },
  responses: {
    200: jsonResponse(z.object({ rows: z.array(findingRow) }), 'The findings.'),
    ...problems(400),
  },
});
const auditRoute = createRoute({
  method: 'get',
  path: '/audit',
  tags: ['operation'],
  summary: 'Who did what, newest first',
  ...access('read'),
  request: {
    query: z.object({
      limit: limitQuery(500, 100),
      before: z.coerce
        .number()
        .int()
        .min(1)
        .optional()
        .openapi({ description: 'Entries older than this one.' }),
    }),
  },
  responses: { 200: jsonResponse(z.object({ rows: z.array(auditRow) }), 'The entries.'), ...problems(400) },
});

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
const rejectedOf = (entry: LedgerEntry): number => sum(Object.values(entry.rejected));

function totalsOf(entries: readonly LedgerEntry[]): Ledger['totals'] {
  return {
    received: sum(entries.map((one) => one.received)),
    stored: sum(entries.map((one) => one.stored)),
    rejected: sum(entries.map(rejectedOf)),
    deduplicated: sum(entries.map((one) => one.deduplicated)),
    pending: sum(entries.map((one) => one.pending)),
    overwritten: sum(entries.map((one) => one.overwritten ?? 0)),
    balances: entries.every(ledgerBalances),
  };
}

const findingView = (finding: Finding): FindingRow => ({
  id: finding.id,
  system: finding.system,
  monitor: finding.monitor,
  kind: finding.kind,
  subject: finding.subject,
  verdict: finding.verdict,
  severity: finding.severity,
  statistic: finding.statistic,
  value: finding.value,
  limit: finding.limit,
  n: finding.n,
  onset: isoOrNull(finding.onsetMs),
  windowStart: iso(finding.windowStartMs),
  windowEnd: iso(finding.windowEndMs),
  evaluatedAt: iso(finding.evaluatedAtMs),
  sentence: finding.sentence,
  evidence: { ...finding.evidence },
});

export function operateRoutes(deps: ReadDeps): OpenAPIHono<ApiEnv> {
  const app = newRoutes();
  app.openapi(ledgerRoute, async (c) => {
    const { project } = c.get('principal');
    // By receipt, so the wall clock is the newest there is.
    const nowMs = deps.nowMs();
    const range = resolveRange(c.req.valid('query'), { nowMs, newestMs: nowMs });
    if (range.kind === 'invalid') {
      return problemResponse(c, { status: 400, code: 'range_invalid', detail: range.detail });
    }
    const [entries, refusals, aside] = await Promise.all([
      deps.intake.entries(project, range.fromMs, range.toMs),
      deps.intake.refusals(project),
      deps.intake.setAside(),
    ]);
    const rows = entries.map((entry) => ({
      minute: iso(entry.minuteMs),
      signal: entry.signal,
      received: entry.received,
      stored: entry.stored,
      rejected: { ...entry.rejected },
      deduplicated: entry.deduplicated,
      pending: entry.pending,
      overwritten: entry.overwritten ?? 0,
      balances: ledgerBalances(entry),
    }));
    const last = refusals
      .slice(0, REFUSALS)
      .map(({ atMs, signal, reason, message }) => ({ at: iso(atMs), signal, reason, message }));
    const setAside = aside.map(({ name, bytes, atMs }) => ({ name, bytes, at: iso(atMs) }));
    return c.json({ rows, totals: totalsOf(entries), setAside, refusals: last }, 200);
  });

  app.openapi(findingsRoute, async (c) => {
    const { project } = c.get('principal');
    const { limit, verdict, system, monitor, kind, subject, from, to } = c.req.valid('query');
    const picture = await loadPicture(deps, project);
    // A window ends at or after its newest decision, so without an end all findings are meant.
    const range = resolveRange({ from, to }, { nowMs: picture.nowMs, newestMs: newestMs(picture.systems) });
    if (range.kind === 'invalid') {
      return problemResponse(c, { status: 400, code: 'range_invalid', detail: range.detail });
    }
    const rows = await deps.findings.list({
      project,
      limit,
      ...(from === undefined ? {} : { fromMs: range.fromMs }),
      ...(to === undefined ? {} : { toMs: range.toMs }),
      ...(verdict === undefined ? {} : { verdicts: [verdict] }),
      ...(system === undefined ? {} : { system }),
      ...(monitor === undefined ? {} : { monitor }),
      ...(kind === undefined ? {} : { kind }),
      ...(subject === undefined ? {} : { subject }),
    });
    return c.json({ rows: rows.map(findingView) }, 200);
  });

  app.openapi(auditRoute, async (c) => {
    const { limit, before } = c.req.valid('query');
    const entries = await deps.audit.list(c.get('principal').project, limit, before);
    const rows = entries.map((entry) => ({
      seq: entry.seq,
      at: iso(entry.atMs),
      by: entry.by,
      what: entry.what,
      subject: entry.subject,
      sentence: sentenceOf(entry.by, entry.what, entry.subject, entry.details),
    }));
    return c.json({ rows }, 200);
  });
  return app;
}

/** What an entry says of itself, or else who did what to which. */
function sentenceOf(
  by: string,
  what: string,
  subject: string,
  details: Readonly<Record<string, unknown>>,
): string {
  const told = details.sentence ?? details.reason;
  return typeof told === 'string' && told !== '' ? told : `${by}: ${what} ${subject}`;
}
