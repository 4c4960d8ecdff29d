import { isUtf8 } from 'node:buffer';
import { LIMITS } from '../../model/decision.ts';
import { parseJsonBody } from '../json-body.ts';
import type { Reason } from '../reasons.ts';
import { jsonProblem } from '../refusal.ts';

/** One record of a request as JSON says it, or why there is none. */
export type Item =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly reason: Reason; readonly message: string };

/** One object, or an array of them. */
export function itemsOfJson(body: Buffer): Item[] {
  const value = parseJsonBody(body);
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const look = needsALook(body);
  return list.map((item) => itemOf(item, look));
}

/** One object per line; a line stands for itself. */
export function itemsOfLines(body: Buffer): Item[] {
  const items: Item[] = [];
  const look = needsALook(body);
  for (const line of linesOf(body)) {
    if (typeof line === 'string' && line.trim() === '') continue;
    // Enough to be refused for it: the rest need not be parsed.
    if (items.length > LIMITS.recordsPerRequest) break;
    items.push(itemOfLine(line, look));
  }
  return items;
}

type Line = string | typeof NOT_UTF8;
const NOT_UTF8 = Symbol('not UTF-8');

function linesOf(body: Buffer): Line[] {
  if (isUtf8(body)) return body.toString('utf8').split('\n');
  // No byte of a character in UTF-8 is a line end: the other lines can be told from those that are none.
  return body
    .toString('latin1')
    .split('\n')
    .map((line) => Buffer.from(line, 'latin1'))
    .map((line) => (isUtf8(line) ? line.toString('utf8') : NOT_UTF8));
}

const malformedLine = (message: string): Item => ({ kind: 'refused', reason: 'malformed_record', message });

function itemOfLine(line: Line, look: boolean): Item {
  if (line === NOT_UTF8) return malformedLine('the line is not UTF-8');
  try {
    return itemOf(JSON.parse(line), look);
  } catch (cause) {
    return malformedLine(`the line is not JSON: ${jsonProblem(cause)}`);
  }
}

/** Escapes are the only way by which a UTF-8 text brings half of a surrogate pair, or hides the name of the prototype. */
const needsALook = (body: Buffer): boolean => body.includes('\\u') || body.includes('__proto__');
/** Whole pairs are written as they are and half ones as an escape; an even number of backslashes before it is none. */
const HALF_A_PAIR = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;
const PROTOTYPE = '"__proto__":';

/** What JSON can say and a row cannot keep. Both would be changed on the way without a word. */
function itemOf(value: unknown, look: boolean): Item {
  const text = look ? textOf(value) : '';
  if (HALF_A_PAIR.test(text))
    return { kind: 'refused', reason: 'invalid_utf8', message: 'a text holds half of a surrogate pair' };
  if (text.includes(PROTOTYPE))
    return { kind: 'refused', reason: 'malformed_record', message: '__proto__ is no name of a field' };
  return { kind: 'value', value };
}

/** Nothing of what is nested beyond the stack: no record's schema admits that. */
function textOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return '';
    throw error;
  }
}
