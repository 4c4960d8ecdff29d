import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical.ts';

export type ChainLink = {
  readonly seq: number;
  readonly atMs: number;
  readonly project: string;
  readonly by: string;
  readonly what: string;
  readonly subject: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly previousHash: Buffer;
};

/** The hash before the first entry. */
export const GENESIS: Buffer = Buffer.alloc(32);

/** sha256 over the canonical JSON of everything the entry says and of the hash before it. */
export function linkHash(link: ChainLink): Buffer {
  const { seq, atMs, project, by, what, subject, details, previousHash } = link;
  const text = canonicalJson([seq, atMs, project, by, what, subject, details, previousHash.toString('hex')]);
  return createHash('sha256').update(text).digest();
}

export type Checked = ChainLink & { readonly hash: Buffer };

/** The number of the first entry that is not what was written, or follows a gap; undefined when all hold. */
export function firstBad(
  entries: readonly Checked[],
  before: { readonly seq: number; readonly hash: Buffer },
): number | undefined {
  let { seq, hash } = before;
  for (const entry of entries) {
    if (entry.seq !== seq + 1) return seq + 1;
    if (!entry.previousHash.equals(hash) || !linkHash(entry).equals(entry.hash)) return entry.seq;
    ({ seq, hash } = entry);
  }
  return undefined;
}
