import { isUtf8 } from 'node:buffer';
import { jsonProblem, Refusal } from './refusal.ts';

/**
 * A body as JSON. It must be UTF-8 (RFC 8259): decoding anything else puts U+FFFD in the place of bytes, so that two
 * ids could become one, and one of two decisions a repeat of the other.
 */
export function parseJsonBody(body: Buffer): unknown {
  if (!isUtf8(body)) throw new Refusal('malformed_body', 'the body is not UTF-8');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new Refusal('malformed_body', `the body is not JSON: ${jsonProblem(cause)}`, cause);
  }
}
