import { createHmac, type KeyObject } from 'node:crypto';
import type { Detector, MaskSpec } from '../../model/documents/contract.ts';
import type { Reason } from '../reasons.ts';
import { redact } from './detect.ts';

/** A key that can be had, or why not; a value that needs it is refused then, never kept in the clear. */
export type Key =
  | { readonly kind: 'key'; readonly key: KeyObject }
  | { readonly kind: 'none'; readonly why: string };

/** A rule of the contract, ready to be applied. */
export type Mask = Exclude<MaskSpec, { kind: 'hmac' }> | { readonly kind: 'hmac'; readonly key: Key };

/** The record cannot be masked as its contract asks: nothing of it is kept. */
export class MaskRefused extends Error {
  readonly reason: Extract<Reason, 'masking_failed' | 'masking_key_missing'>;

  constructor(reason: MaskRefused['reason'], message: string) {
    super(message);
    this.name = 'MaskRefused';
    this.reason = reason;
  }
}

export type Scalar = string | number | bigint | boolean;
/** undefined: dropped. The value itself: nothing to hide in it. */
export type Masked<T> = T | string | undefined;

/** 128 bits of the digest: no two of any realistic number of values share them. */
const HMAC_HEX_CHARS = 32;

/** One value under one rule. `name` is for the message: it says which value could not be masked, never what it was. */
export function maskScalar<T extends Scalar>(mask: Mask, value: T, name: string): Masked<T> {
  switch (mask.kind) {
    case 'drop':
      return undefined;
    case 'hmac':
      return keyed(mask.key, String(value), name);
    case 'truncate':
      if (typeof value !== 'string')
        throw new MaskRefused('masking_failed', `${name} is not a text, so it cannot be truncated`);
      return [...value].slice(0, mask.chars).join('');
    case 'generalise':
      return bandOf(mask.bands, value, name);
    case 'detect':
      return redactScalar(value, mask.find);
  }
}

export function keyed(key: Key, text: string, name: string): string {
  if (key.kind === 'none')
    throw new MaskRefused('masking_key_missing', `${name} cannot be masked: ${key.why}`);
  return createHmac('sha256', key.key).update(text).digest('hex').slice(0, HMAC_HEX_CHARS);
}

function bandOf(bands: readonly number[], value: Scalar, name: string): string {
  const number = typeof value === 'boolean' || value === '' ? Number.NaN : Number(value);
  if (Number.isNaN(number))
    throw new MaskRefused('masking_failed', `${name} is not a number, so it has no band`);
  const above = bands.findIndex((edge) => number < edge);
  if (above === 0) return `<${bands[0]}`;
  return above === -1 ? `>=${bands.at(-1)}` : `${bands[above - 1]}..${bands[above]}`;
}

/** Shorter numbers hold no card, IBAN or telephone. */
const LONG_NUMBER = 1e9;

/** A card number is found in a number too; a number that holds nothing stays one. */
export function redactScalar<T extends Scalar>(value: T, find: readonly Detector[]): T | string {
  if (typeof value === 'boolean' || (typeof value === 'number' && !(Math.abs(value) >= LONG_NUMBER)))
    return value;
  const text = String(value);
  const masked = redact(text, find);
  return masked === text ? value : masked;
}
