import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bearer, openApi } from './support/app.ts';
import { bodies, QUERY_TEXTS } from './support/samples.ts';

// Shapes are checked before a store is asked, so none has to answer.
const test = await openApi({ telemetryDown: true });
const headers = bearer(await test.token());

type Schema = Record<string, unknown>;
type Parameter = { name: string; in: 'query' | 'path' | 'header'; required?: boolean; schema: Schema };
type Operation = {
  summary?: string;
  parameters?: Parameter[];
  requestBody?: { required: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>;
};
const text = await (await test.ask('/openapi.json')).text();
const document = JSON.parse(text) as {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, Schema> };
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

/** What stands outside of the document: its own address, and a protocol that OpenFeature describes. */
const ELSEWHERE = (path: string) => path === '/openapi.json' || path.startsWith('/ofrep/');

describe('the OpenAPI document', () => {
  it('is 3.1 and whole: every reference resolves, every path parameter is declared, every operation says what it answers', () => {
    expect(document.openapi).toBe('3.1.0');
    for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
      expect(Object.keys(document.components.schemas)).toContain(name);
    }
    expect(text.match(/"\$ref":"(?!#\/components\/schemas\/)/g)).toBeNull();
    for (const { path, operation } of operations) {
      const declared = (operation.parameters ?? []).filter((one) => one.in === 'path');
      expect(declared.map((one) => one.name).sort()).toEqual(
        [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort(),
      );
      expect(declared.every((one) => one.required === true)).toBe(true);
      expect(operation.summary).toMatch(/\w+ \w+/);
      expect(Object.keys(operation.responses).some((status) => status.startsWith('2'))).toBe(true);
      for (const response of Object.values(operation.responses)) expect(response.description).not.toBe('');
    }
  });

  it('has every route of the app, and no other', () => {
    const routes = test.api.app.routes
      .filter((route) => route.method !== 'ALL' && !ELSEWHERE(route.path))
      .map((route) => `${route.method} ${route.path.replaceAll(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`);
    expect([...new Set(routes)].sort()).toEqual(
      operations.map(({ method, path }) => `${method} ${path}`).sort(),
    );
  });
});

const accepts = (schema: Schema) => {
  const parsed = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  return (value: unknown) => parsed.safeParse(value).success;
};
const concrete = (path: string) => path.replaceAll('{id}', '1').replaceAll(/\{(\w+)\}/g, 'none');

/** A request is refused for its shape with exactly this problem; anything else means that the shape was accepted. */
async function isRefused(path: string, init: RequestInit): Promise<boolean> {
  const response = await test.ask(path, { ...init, headers: { ...headers, ...init.headers } });
  expect(response.status).not.toBe(500);
  if (response.status !== 400) {
    await response.body?.cancel();
    return false;
  }
  const { code } = (await response.json()) as { code: string };
  return code === 'validation_failed';
}

describe('what the document says is what routes take', () => {
  const queries = operations.flatMap(({ path, method, operation }) =>
    (operation.parameters ?? [])
      .filter((one) => one.in === 'query')
      .map((one) => ({ path, method, one, name: one.name })),
  );
  it.each(queries)('$method $path?$name', async ({ path, method, one }) => {
    const allowed = accepts(one.schema);
    const isNumber = one.schema.type === 'integer' || one.schema.type === 'number';
    let refusals = 0;
    for (const sample of QUERY_TEXTS) {
      const expected = allowed(isNumber ? Number(sample) : sample);
      const refused = await isRefused(`${concrete(path)}?${new URLSearchParams({ [one.name]: sample })}`, {
        method,
      });
      expect({ sample, accepted: !refused }).toEqual({ sample, accepted: expected });
      if (refused) refusals += 1;
    }
    // A parameter that refuses nothing is text without a limit.
    expect(refusals).toBeGreaterThan(0);
  });

  const writes = operations.flatMap(({ path, method, operation }) => {
    const schema = operation.requestBody?.content['application/json']?.schema;
    return schema === undefined ? [] : [{ path, method, schema }];
  });
  it.each(writes)('$method $path', async ({ path, method, schema }) => {
    const allowed = accepts(schema);
    const seen = { accepted: 0, refused: 0 };
    const id = path.includes('/review/items/') ? '00000000-0000-4000-8000-000000000000' : '1';
    for (const body of bodies(schema)) {
      const refused = await isRefused(path.replace('{id}', id).replaceAll(/\{(\w+)\}/g, 'none'), {
        method,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect({ body, accepted: !refused }).toEqual({ body, accepted: allowed(body) });
      seen[refused ? 'refused' : 'accepted'] += 1;
    }
    expect(seen.accepted).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(3);
  });
});
