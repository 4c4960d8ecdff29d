import type { Reason } from '../reasons.ts';
import type { Batch } from '../rows/batch.ts';
import type { RowWriter } from '../rows/writer.ts';
import { TooDeep } from './any-json.ts';
import type { Attributes } from './attributes.ts';
import type { SpanContext } from './context.ts';

/** What log records and data points have in common. */
export type Refused = { readonly reason: Reason; readonly message: string };

export const TOO_MANY_MONTHS: Refused = {
  reason: 'too_many_months',
  message: 'the request touches more than 120 months',
};
const TOO_MANY_ATTRIBUTES: Refused = {
  reason: 'too_many_attributes',
  message: 'more than 1024 attributes on the record, its resource or its scope',
};
const TOO_DEEP: Refused = { reason: 'too_deep', message: 'a value is nested deeper than 32 levels' };
const INVALID_UTF8: Refused = {
  reason: 'invalid_utf8',
  message: 'a text of the record, its resource or its scope is not UTF-8',
};

export function refusedContext(context: SpanContext, attributes: Attributes): Refused | undefined {
  if (attributes.overflow || context.tooManyAttributes) return TOO_MANY_ATTRIBUTES;
  return context.invalidText ? INVALID_UTF8 : undefined;
}

/** Writes a row, or takes it back and says why. */
export function writeChecked(writer: RowWriter, row: () => void): Refused | undefined {
  const begin = writer.length;
  try {
    row();
  } catch (error) {
    writer.rewind(begin);
    if (error instanceof TooDeep) return TOO_DEEP;
    throw error;
  }
  if (writer.invalidText) {
    writer.rewind(begin);
    return INVALID_UTF8;
  }
  writer.rows += 1;
  return undefined;
}

/** The columns at the end of a row that started at `begin`: where it comes from, what tells it from others, when it came. */
export function writeOrigin(writer: RowWriter, context: SpanContext, batch: Batch, begin: number): void {
  for (const part of [context.resource, context.resourceSchemaUrl, context.scope, context.scopeDetail])
    writer.raw(part, 0, part.length);
  batch.recordHash.write(writer, begin);
  batch.writeReceivedAt(writer);
}
