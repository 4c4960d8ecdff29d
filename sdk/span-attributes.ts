import type { Attributes } from '@opentelemetry/api';
import { EMBEDDING, FEATURE, MISSING, PREFIX, SEGMENT, SYSTEM_CHARS, TEXT, UPSTREAM } from './attributes.ts';
import type { DecisionRecord } from './record.ts';

/**
 * A record as span attributes. What makes it a decision comes first: an OpenTelemetry SDK keeps the first 128 attributes
 * and drops the rest, so a wide decision loses features, never its value.
 */
export function spanAttributes(record: DecisionRecord): Attributes {
  const out: Attributes = {};
  const put = (name: string, value: string | number | undefined) => {
    if (value !== undefined) out[PREFIX + name] = value;
  };
  put('value', record.value);
  put('id', record.id);
  put('system', record.system.slice(0, SYSTEM_CHARS) || undefined);
  put('actor', record.actor);
  put('route', record.route);
  put('model.name', record.model.name);
  put('model.version', record.model.version);
  put('policy.name', record.policy.name);
  put('policy.version', record.policy.version);
  put('score', record.score);
  put('confidence', record.confidence);
  put('weight', record.weight);
  if (record.upstream.length > 0) out[UPSTREAM] = [...record.upstream];
  for (const [key, value] of Object.entries(record.segments)) out[SEGMENT + key] = value;
  const missing: string[] = [];
  for (const [name, value] of Object.entries(record.features)) {
    if (value === null) missing.push(name);
    else out[FEATURE + name] = value;
  }
  for (const [name, text] of Object.entries(record.texts)) {
    if (text === null) missing.push(name);
    else out[TEXT + name] = text;
  }
  for (const [name, values] of Object.entries(record.embeddings)) {
    if (values === null) missing.push(name);
    else out[EMBEDDING + name] = [...values];
  }
  if (missing.length > 0) out[MISSING] = missing;
  return out;
}
