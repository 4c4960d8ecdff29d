import { Failure } from '../../model/failure.ts';
import type { ProjectId } from '../../model/ids.ts';
import { ContractBook, type ContractSource } from '../contracts/book.ts';
import { Refusal } from '../refusal.ts';

/** What a person wrote about a system, without what its contract looks for in texts. */
export type MaskWords = (project: ProjectId, system: string, text: string) => Promise<string>;

/** For texts that do not come by the collector's doors. Fails closed: without the contracts nothing may be written. */
export function createWordMasker(contracts: ContractSource, nowMs: () => number): MaskWords {
  const book = new ContractBook(contracts, nowMs);
  return async (project, system, text) => {
    if (text === '') return text;
    try {
      return (await book.of(project)).of(system)?.masks?.text(text) ?? text;
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
      throw new Failure('store_unavailable', cause.message, { retryable: true, cause });
    }
  };
}
