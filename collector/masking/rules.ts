import { createSecretKey } from 'node:crypto';
import type { ContractSpec, Detector, MaskSpec } from '../../model/documents/contract.ts';
import {
  type Key,
  type Mask,
  type Masked,
  MaskRefused,
  maskScalar,
  redactScalar,
  type Scalar,
} from './mask.ts';

/** A secret by its name: from the environment, or the file that `NAME_FILE` names. */
export type SecretReader = (name: string) => string | undefined;

/** Masking keys by their names, each as it was when the contracts were read. A key has no text that could be logged. */
export type Keys = ReadonlyMap<string, Key>;

const LEAST_KEY_BYTES = 16;
/** Where two contracts ask for different things, the one that keeps least is done. */
const STRENGTH: readonly MaskSpec['kind'][] = ['drop', 'hmac', 'generalise', 'truncate', 'detect'];

/** What must be hidden in the records of one system. */
export class MaskRules {
  readonly #byName = new Map<string, Mask>();
  readonly detect: readonly Detector[];

  constructor(contracts: readonly ContractSpec[], keys: Keys) {
    for (const { features, attributes } of contracts) {
      for (const [name, { mask }] of Object.entries(features)) this.#add(name, mask, keys);
      for (const [name, { mask }] of Object.entries(attributes)) this.#add(name, mask, keys);
    }
    this.detect = [...new Set(contracts.flatMap((contract) => contract.detect))];
  }

  get isEmpty(): boolean {
    return this.#byName.size === 0 && this.detect.length === 0;
  }

  /** The rule for a feature, segment or attribute by its name. */
  of(name: string): Mask | undefined {
    return this.#byName.get(name);
  }

  scalar<T extends Scalar>(name: string, value: T): Masked<T> {
    const mask = this.of(name);
    const masked = mask ? maskScalar(mask, value, name) : value;
    return masked === undefined ? undefined : redactScalar(masked, this.detect);
  }

  /** It is kept whole or dropped: a text can often be read back from a vector that was changed only a little. */
  embedding<T>(name: string, values: T): T | undefined {
    const mask = this.of(name);
    if (mask === undefined || mask.kind === 'detect') return values;
    if (mask.kind === 'drop') return undefined;
    throw new MaskRefused('masking_failed', `${name} is an embedding, which can only be dropped`);
  }

  text(text: string): string {
    return redactScalar(text, this.detect);
  }

  /** An id ties records together, so nothing can be cut out of it: an address in it is a reason to refuse. */
  id(name: string, text: string): void {
    if (!this.detect.includes('email') || redactScalar(text, ['email']) === text) return;
    throw new MaskRefused('masking_failed', `${name} holds a mail address; send an opaque id`);
  }

  #add(name: string, spec: MaskSpec | undefined, keys: Keys): void {
    if (spec === undefined) return;
    const known = this.#byName.get(name);
    if (known && STRENGTH.indexOf(known.kind) <= STRENGTH.indexOf(spec.kind)) return;
    this.#byName.set(name, spec.kind === 'hmac' ? { kind: 'hmac', key: keyFor(spec.keyEnv, keys) } : spec);
  }
}

const keyFor = (name: string, keys: Keys): Key =>
  keys.get(name) ?? { kind: 'none', why: `the key ${name} is not set` };

/** Each key that one of the contracts masks with, or why it cannot be had. */
export function keysOf(contracts: readonly ContractSpec[], secret: SecretReader): Keys {
  const masks = contracts.flatMap(({ features, attributes }) =>
    [...Object.values(features), ...Object.values(attributes)].map(({ mask }) => mask),
  );
  const names = new Set(masks.flatMap((mask) => (mask?.kind === 'hmac' ? [mask.keyEnv] : [])));
  return new Map([...names].map((name) => [name, keyOf(name, secret(name))]));
}

function keyOf(name: string, text: string | undefined): Key {
  if (text === undefined || text === '') return { kind: 'none', why: `the key ${name} is not set` };
  if (Buffer.byteLength(text) < LEAST_KEY_BYTES)
    return { kind: 'none', why: `the key ${name} is shorter than ${LEAST_KEY_BYTES} bytes` };
  return { kind: 'key', key: createSecretKey(text, 'utf8') };
}
