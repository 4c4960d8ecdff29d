import type { ProjectId } from '../../model/ids.ts';
import type { DocumentStore } from '../../store/ports/documents.ts';
import type { SecretReader } from '../masking/rules.ts';
import { Refusal } from '../refusal.ts';
import { NO_CONTRACTS, ProjectContracts } from './contracts.ts';

export type ContractSource = {
  readonly documents: Pick<DocumentStore, 'list'>;
  readonly secret: SecretReader;
};

/** How long contracts are believed without asking again: what was applied counts for all that is sent a second later. */
const BELIEVED_MS = 1_000;

type Known = { readonly contracts: ProjectContracts; readonly untilMs: number };

/**
 * The contracts of each project, asked for when they are needed. Fails closed: before they could be read once, nothing
 * of the project is taken. Later, while the store cannot be asked, the last ones go on counting: they cannot be changed
 * without that store either.
 */
export class ContractBook {
  readonly #source: ContractSource | undefined;
  readonly #nowMs: () => number;
  readonly #known = new Map<ProjectId, Known>();
  readonly #asking = new Map<ProjectId, Promise<ProjectContracts>>();

  constructor(source: ContractSource | undefined, nowMs: () => number) {
    this.#source = source;
    this.#nowMs = nowMs;
  }

  async of(project: ProjectId): Promise<ProjectContracts> {
    if (this.#source === undefined) return NO_CONTRACTS;
    const known = this.#known.get(project);
    if (known && this.#nowMs() < known.untilMs) return known.contracts;
    const asking = this.#asking.get(project) ?? this.#ask(project, this.#source, known);
    this.#asking.set(project, asking);
    return asking;
  }

  async #ask(
    project: ProjectId,
    source: ContractSource,
    known: Known | undefined,
  ): Promise<ProjectContracts> {
    // Counted from the question: what is applied while it is under way is asked for in time.
    const untilMs = this.#nowMs() + BELIEVED_MS;
    try {
      const stored = await source.documents.list(project, 'Contract');
      const found = stored.map(({ document: { metadata, spec }, version }) => ({
        name: metadata.name,
        version,
        spec,
      }));
      const contracts = found.length === 0 ? NO_CONTRACTS : new ProjectContracts(found, source.secret);
      this.#known.set(project, { contracts, untilMs });
      return contracts;
    } catch (cause) {
      if (!known)
        throw new Refusal('overloaded', 'the contracts of the project cannot be read right now', cause);
      this.#known.set(project, { contracts: known.contracts, untilMs });
      return known.contracts;
    } finally {
      this.#asking.delete(project);
    }
  }
}
