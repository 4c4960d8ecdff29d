import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { DOCUMENT_KINDS } from '../../model/documents/document.ts';
import { applied, applyInput, documentRow } from '../contract/operate.ts';
import type { ReadDeps } from '../deps.ts';
import { documentYaml, parseDocuments } from '../documents.ts';
import {
  type ApiEnv,
  access,
  jsonBody,
  jsonResponse,
  newRoutes,
  problemResponse,
  problems,
} from '../http.ts';
import { iso } from '../query/series.ts';

const list = createRoute({
  method: 'get',
  path: '/documents',
  tags: ['documents'],
  summary: 'Configuration as it stands, each document as its author wrote it',
  ...access('read'),
  request: { query: z.object({ kind: z.enum(DOCUMENT_KINDS).optional() }) },
  responses: {
    200: jsonResponse(z.object({ rows: z.array(documentRow) }), 'The documents.'),
    ...problems(400),
  },
});
const apply = createRoute({
  method: 'post',
  path: '/documents',
  tags: ['documents'],
  summary: 'Apply YAML documents: all of them or none',
  ...access('admin'),
  request: { body: jsonBody(applyInput) },
  responses: { 200: jsonResponse(applied, 'What changed, or would change.'), ...problems(400, 415, 422) },
});

export function documentRoutes(deps: Pick<ReadDeps, 'documents' | 'nowMs'>): OpenAPIHono<ApiEnv> {
  const app = newRoutes();
  app.openapi(list, async (c) => {
    const { kind } = c.req.valid('query');
    const kinds = kind === undefined ? DOCUMENT_KINDS : [kind];
    const { project } = c.get('principal');
    const stored = (await Promise.all(kinds.map((one) => deps.documents.list(project, one)))).flat();
    const rows = stored.map((one) => ({
      kind: one.document.kind,
      name: one.document.metadata.name,
      version: one.version,
      createdAt: iso(one.createdAtMs),
      createdBy: one.createdBy,
      yaml: documentYaml(one.source),
    }));
    return c.json({ rows }, 200);
  });
  app.openapi(apply, async (c) => {
    const { yaml, dryRun } = c.req.valid('json');
    const parsed = parseDocuments(yaml);
    if (parsed.kind === 'invalid') {
      return problemResponse(c, {
        status: 422,
        code: 'document_invalid',
        detail: `${parsed.errors.length} mistake${parsed.errors.length === 1 ? '' : 's'}; nothing was applied.`,
        errors: parsed.errors,
      });
    }
    const { project, name } = c.get('principal');
    const changes = await deps.documents.apply(project, parsed.sources, name, deps.nowMs(), { dryRun });
    return c.json({ changes }, 200);
  });
  return app;
}
