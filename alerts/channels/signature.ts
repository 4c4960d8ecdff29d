import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export type SigningKeys =
  | { readonly kind: 'keys'; readonly keys: readonly Buffer[] }
  | { readonly kind: 'unusable'; readonly reason: string };

/** One or more secrets `whsec_<base64 of 24 to 64 bytes>`, separated by spaces: while one is being replaced both sign. */
export function parseSigningKeys(secret: string): SigningKeys {
  const keys: Buffer[] = [];
  for (const part of secret.trim().split(/\s+/)) {
    const base64 = part.startsWith(PREFIX) ? part.slice(PREFIX.length) : '';
    const key = Buffer.from(base64, 'base64');
    if (!BASE64.test(base64) || key.length < MIN_KEY_BYTES || key.length > MAX_KEY_BYTES) {
      const reason = `is not a Standard Webhooks secret: ${PREFIX} and then base64 of ${MIN_KEY_BYTES} to ${MAX_KEY_BYTES} bytes`;
      return { kind: 'unusable', reason };
    }
    keys.push(key);
  }
  return { kind: 'keys', keys };
}

/** Standard Webhooks 1.0: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, one per key. */
export function signWebhook(
  keys: readonly Buffer[],
  id: string,
  timestampS: number,
  body: string,
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const signed = `${id}.${timestampS}.${body}`;
  const signatures = keys.map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampS),
    'webhook-signature': signatures.join(' '),
  };
}
