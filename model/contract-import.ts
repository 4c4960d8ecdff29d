import { z } from 'zod';

type ImportedFeature = {
  type?: 'numeric' | 'categorical' | 'boolean';
  range?: [number, number];
  allowed?: string[];
  required?: true;
  missing?: number;
  sensitivity?: 'public' | 'internal' | 'confidential' | 'personal';
  tag?: string;
};

/** What a foreign schema says of features in our words, and what of it has no place in a contract. */
export type Imported = {
  readonly features: Readonly<Record<string, ImportedFeature>>;
  readonly strict: boolean;
  readonly left: readonly string[];
};
export type ImportResult =
  | ({ readonly kind: 'imported' } & Imported)
  | { readonly kind: 'unknown'; readonly sentence: string };

const TYPE: Readonly<Record<string, ImportedFeature['type']>> = {
  number: 'numeric',
  integer: 'numeric',
  string: 'categorical',
  date: 'categorical',
  timestamp: 'categorical',
  time: 'categorical',
  boolean: 'boolean',
};
/** JSON has no infinity; a range that is open on one side ends here. */
const LARGEST = Number.MAX_VALUE;
const choices = z.array(z.unknown());

const jsonProperty = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: choices.optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});
const jsonSchema = z.looseObject({
  properties: z.record(z.string(), z.unknown()),
  required: z.array(z.string()).default([]),
  additionalProperties: z.unknown().optional(),
});

const odcsProperty = z.looseObject({
  name: z.string(),
  logicalType: z.string().optional(),
  required: z.boolean().optional(),
  classification: z.string().optional(),
  businessName: z.string().optional(),
  logicalTypeOptions: z
    .looseObject({ minimum: z.number().optional(), maximum: z.number().optional() })
    .optional(),
  quality: z
    .array(z.looseObject({ rule: z.string().optional(), validValues: choices.optional() }))
    .optional(),
});
const odcs = z.looseObject({
  kind: z.literal('DataContract'),
  schema: z.array(z.looseObject({ name: z.string(), properties: z.array(odcsProperty).default([]) })).min(1),
});

/** A JSON Schema of the features (or of a whole decision), or an Open Data Contract Standard document, version 3. */
export function importContract(source: unknown): ImportResult {
  const contract = odcs.safeParse(source);
  if (contract.success) return { kind: 'imported', ...fromOdcs(contract.data) };
  const schema = jsonSchema.safeParse(source);
  if (schema.success) return { kind: 'imported', ...fromJsonSchema(schema.data) };
  return {
    kind: 'unknown',
    sentence: 'This is neither a JSON Schema with `properties` nor an ODCS document with kind: DataContract.',
  };
}

function fromJsonSchema(schema: z.output<typeof jsonSchema>): Imported {
  const nested = jsonSchema.safeParse(schema.properties['features']);
  if (nested.success) return fromJsonSchema(nested.data);
  const left: string[] = [];
  const features: Record<string, ImportedFeature> = {};
  for (const [name, raw] of Object.entries(schema.properties)) {
    const property = jsonProperty.safeParse(raw);
    const types = property.success ? [property.data.type ?? []].flat().filter((one) => one !== 'null') : [];
    const type = types.length === 1 ? TYPE[types[0] ?? ''] : undefined;
    if (!property.success || (types.length > 0 && type === undefined)) {
      left.push(`${name}: ${types.join(' or ') || 'not a property'} is no type of a feature`);
      continue;
    }
    features[name] = {
      ...(type ? { type } : {}),
      ...rangeOf(property.data),
      ...allowedOf(property.data.enum),
      ...(schema.required.includes(name) ? { required: true } : {}),
    };
  }
  return { features, strict: schema.additionalProperties === false, left };
}

function fromOdcs({ schema }: z.output<typeof odcs>): Imported {
  const [first, ...others] = schema;
  const left = others.map(({ name }) => `${name}: only the first object of the schema is taken`);
  const features: Record<string, ImportedFeature> = {};
  for (const property of first?.properties ?? []) {
    const { name, logicalType, logicalTypeOptions, quality, classification, businessName } = property;
    const type = logicalType === undefined ? undefined : TYPE[logicalType];
    if (logicalType !== undefined && type === undefined) {
      left.push(`${name}: ${logicalType} is no type of a feature`);
      continue;
    }
    features[name] = {
      ...(type ? { type } : {}),
      ...rangeOf(logicalTypeOptions ?? {}),
      ...allowedOf(quality?.find(({ rule }) => rule === 'validValues')?.validValues),
      // Required means "not null" there; null is no value of a decision either.
      ...(property.required === true ? { required: true, missing: 0 } : {}),
      ...sensitivityOf(classification),
      ...(businessName === undefined ? {} : { tag: businessName }),
    };
  }
  return { features, strict: false, left };
}

function rangeOf(of: { readonly minimum?: number | undefined; readonly maximum?: number | undefined }) {
  if (of.minimum === undefined && of.maximum === undefined) return {};
  return { range: [of.minimum ?? -LARGEST, of.maximum ?? LARGEST] as [number, number] };
}

const allowedOf = (values: readonly unknown[] | undefined) =>
  values === undefined ? {} : { allowed: values.filter((one) => one !== null).map(String) };

const PERSONAL = /pii|personal|sensitive/i;
const CONFIDENTIAL = /confidential|restricted|secret/i;

function sensitivityOf(classification: string | undefined): Pick<ImportedFeature, 'sensitivity'> {
  if (classification === undefined) return {};
  if (PERSONAL.test(classification)) return { sensitivity: 'personal' };
  if (CONFIDENTIAL.test(classification)) return { sensitivity: 'confidential' };
  return { sensitivity: classification === 'public' ? 'public' : 'internal' };
}
