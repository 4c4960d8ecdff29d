import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bringUp } from '../../app/commands/up.ts';
import { configSchema } from '../../app/config/schema.ts';
import { checkContracts } from '../../model/contract-check.ts';
import { importContract } from '../../model/contract-import.ts';
import { contractSpec } from '../../model/documents/contract.ts';
import { postJson, until } from '../collector/support.ts';
import { freshDirectory } from '../support/stores.ts';

describe('a contract from another schema', () => {
  it('takes types, ranges, choices and required from JSON Schema, and says what it leaves out', () => {
    const imported = importContract({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        distance: { type: 'number', minimum: 0, maximum: 5000 },
        seats: { type: ['integer', 'null'], minimum: 1 },
        carrier: { type: 'string', enum: ['AA', 'UA', null] },
        late: { type: 'boolean' },
        crew: { type: 'array', items: { type: 'string' } },
      },
      required: ['distance', 'carrier'],
      additionalProperties: false,
    });
    expect(imported).toEqual({
      kind: 'imported',
      strict: true,
      features: {
        distance: { type: 'numeric', range: [0, 5000], required: true },
        seats: { type: 'numeric', range: [1, Number.MAX_VALUE] },
        carrier: { type: 'categorical', allowed: ['AA', 'UA'], required: true },
        late: { type: 'boolean' },
      },
      left: ['crew: array is no type of a feature'],
    });
    if (imported.kind === 'imported')
      expect(contractSpec.safeParse({ system: 's', features: imported.features }).success).toBe(true);
  });

  it('takes the features of a schema of whole decisions', () => {
    const features = { type: 'object', properties: { x: { type: 'integer' } } };
    expect(importContract({ properties: { id: { type: 'string' }, features } })).toMatchObject({
      features: { x: { type: 'numeric' } },
    });
  });

  it('takes an Open Data Contract Standard document', () => {
    const imported = importContract({
      apiVersion: 'v3.0.2',
      kind: 'DataContract',
      id: '53581432-6c55-4ba2-a65f-72344a91553a',
      schema: [
        {
          name: 'loans',
          properties: [
            {
              name: 'income',
              logicalType: 'number',
              logicalTypeOptions: { minimum: 0, maximum: 9 },
              required: true,
            },
            { name: 'email', logicalType: 'string', classification: 'PII', businessName: 'person.email' },
            {
              name: 'status',
              logicalType: 'string',
              quality: [{ rule: 'validValues', validValues: ['a', 'b'] }],
            },
            { name: 'items', logicalType: 'array' },
          ],
        },
        { name: 'customers' },
      ],
    });
    expect(imported).toEqual({
      kind: 'imported',
      strict: false,
      features: {
        income: { type: 'numeric', range: [0, 9], required: true, missing: 0 },
        email: { type: 'categorical', sensitivity: 'personal', tag: 'person.email' },
        status: { type: 'categorical', allowed: ['a', 'b'] },
      },
      left: [
        'customers: only the first object of the schema is taken',
        'items: array is no type of a feature',
      ],
    });
  });

  it('says so when it is neither', () => {
    expect(importContract({ type: 'string' })).toMatchObject({ kind: 'unknown' });
  });
});

describe('a contract from what was seen', () => {
  it('is kept by all that was seen, and can be applied as it is', async () => {
    const config = configSchema.parse({
      dataDir: freshDirectory('infer'),
      listen: { webPort: 0, ingestPort: 0 },
    });
    const up = await bringUp(config, {}, 'error');
    try {
      const headers = { authorization: `Bearer ${up.token}`, 'content-type': 'application/json' };
      const decision = (at: number, features: object): object => ({
        id: `d-${at}`,
        system: 'seen',
        time: Date.UTC(2026, 2, 1) + at * 1_000,
        value: 'go',
        features,
      });
      const features = (at: number): object => ({
        distance: 10 + (at % 100),
        carrier: at % 2 === 0 ? 'AA' : 'UA',
        late: at % 3 === 0,
        // 15 of 300: 5 %.
        wind: at % 20 === 0 ? null : at,
      });
      const sent = Array.from({ length: 300 }, (_, at) => decision(at, features(at)));
      // A later one closes their minutes; its own stays open.
      sent.push(decision(1_200, {}));
      expect((await postJson(`${up.ingestUrl}/v1/decisions`, sent)).status).toBe(200);
      let inferred = { yaml: '', features: 0 };
      const url = `${up.webUrl}/api/v1/systems/seen/contract?from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z`;
      await until(async () => {
        inferred = (await (await fetch(url, { headers })).json()) as typeof inferred;
        return inferred.features === 4 && inferred.yaml.includes('missing: 0.05');
      });
      expect(inferred.yaml).toContain('required: true');
      const applied = await fetch(`${up.webUrl}/api/v1/documents`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ yaml: inferred.yaml }),
      });
      expect(await applied.json()).toMatchObject({ changes: [{ kind: 'Contract', change: 'created' }] });
      const spec = contractSpec.parse((parse(inferred.yaml) as { spec: unknown }).spec);
      for (let at = 0; at < 300; at++)
        expect(checkContracts([spec], features(at) as never, 0).violations).toEqual([]);
      expect(
        checkContracts([spec], { distance: 9, carrier: 'XX', late: true, wind: 1 }, 0).violations,
      ).toEqual(['allowed:carrier', 'range:distance']);
    } finally {
      await up.close();
    }
  }, 60_000);
});
