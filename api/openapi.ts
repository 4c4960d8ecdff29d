import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { SESSION_COOKIE } from './auth.ts';
import { problem as problemSchema } from './contract/common.ts';
import type { ApiEnv } from './http.ts';
import { PROBLEM_CODES } from './problems.ts';

type Document = ReturnType<OpenAPIHono<ApiEnv>['getOpenAPI31Document']>;
type SchemaObject = NonNullable<NonNullable<Document['components']>['schemas']>[string];
const PROBLEM_TYPE = 'application/problem+json';
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Refusals that come from what stands before every route, so no route has to name them. */
const COMMON = {
  '400': 'The request does not have the right shape.',
  '401': 'No valid token.',
  '403': 'The token does not allow this.',
  '429': 'Too many wrong tokens; see Retry-After.',
  '500': 'A mistake of Leeway.',
  '503': 'A store cannot be reached; try again.',
} as const;

/** OpenAPI 3.1 of everything that is mounted on the app. */
export function openApiDocument(app: OpenAPIHono<ApiEnv>): Document {
  // Not `register`: that needs a method which schemas made before @hono/zod-openapi was imported do not have.
  const { $schema: _, ...component } = z.toJSONSchema(problemSchema);
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Leeway',
      version: '1',
      description: `Observability for decisions. Errors are RFC 9457; \`code\` is one of: ${PROBLEM_CODES.join(', ')}.`,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
  });
  const problem = { $ref: '#/components/schemas/Problem' };
  const withProblem = (description: string) => ({
    description,
    content: { [PROBLEM_TYPE]: { schema: problem } },
  });
  for (const path of Object.values(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = path?.[method];
      if (operation === undefined) continue;
      const statuses = operation.security === undefined ? (['500'] as const) : keysOf(COMMON);
      operation.responses ??= {};
      const { responses } = operation;
      for (const [status, response] of Object.entries(responses)) {
        // One shape for all of them, said once.
        if (response.content?.[PROBLEM_TYPE] !== undefined) {
          responses[status] = withProblem(response.description);
        }
      }
      for (const status of statuses) responses[status] ??= withProblem(COMMON[status]);
    }
  }
  return {
    ...document,
    components: {
      ...document.components,
      schemas: { ...document.components?.schemas, Problem: component as SchemaObject },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
      },
    },
  };
}

const keysOf = <K extends string>(record: Readonly<Record<K, unknown>>) => Object.keys(record) as K[];
