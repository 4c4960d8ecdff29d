import { describe, expect, it } from 'vitest';
import { importContract } from '../../model/contract-import.ts';
import { contractSpec } from '../../model/documents/contract.ts';

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
