import type { ProjectId } from '../../model/ids.ts';
import type { DocumentStore } from '../../store/ports/documents.ts';
import { keysOf, type SecretReader } from '../masking/rules.ts';
import { Refusal } from '../refusal.ts';
import { NO_CONTRACTS, ProjectContracts } from './contracts.ts';

export type ContractSource = {
  readonly documents: Pick<DocumentStore, 'list'>;
  readonly secret: SecretReader;
};

/** How long contracts are believed without asking again, where nobody says that they were changed: by another process, or a new key. */
const BELIEVED_MS = 1_000;

type Known = { readonly contracts: ProjectContracts; readonly untilMs: number };
type Asking = { readonly answer: Promise<ProjectContracts> };

/**
 * The contracts of each project, asked for when they are needed. Fails closed: before they could be read once, nothing
 * of the project is taken. Later, while the store cannot be asked, the last ones go on counting: they cannot be changed
 * without that store either.
 */
export class ContractBook {
  readonly #source: ContractSource | undefined;
  readonly #nowMs: () => number;
  readonly #known = new Map<ProjectId, Known>();
  readonly #asking = new Map<ProjectId, Asking>();

  constructor(source: ContractSource | undefined, nowMs: () => number) {
    this.#source = source;
    this.#nowMs = nowMs;
  }

  async of(project: ProjectId): Promise<ProjectContracts> {
    if (this.#source === undefined) return NO_CONTRACTS;
    const known = this.#known.get(project);
    if (known && this.#nowMs() < known.untilMs) return known.contracts;
    return (this.#asking.get(project) ?? this.#ask(project, this.#source)).answer;
  }

  /** They were changed: the next record is held against them as they stand now, or is not taken; what is being asked meanwhile may be old. */
  changed(project: ProjectId): void {
    this.#known.delete(project);
    this.#asking.delete(project);
  }

  #ask(project: ProjectId, source: ContractSource): Asking {
    // Counted from the question: what is applied while it is under way is asked for in time.
    const untilMs = this.#nowMs() + BELIEVED_MS;
    const known = this.#known.get(project);
    const answer = read(project, source)
      .catch((cause) => {
        if (known) return known.contracts;
        throw new Refusal('overloaded', 'the contracts of the project cannot be read right now', cause);
      })
      .then((contracts) => {
        if (this.#asking.get(project) === asking) this.#known.set(project, { contracts, untilMs });
        return contracts;
      })
      .finally(() => {
        if (this.#asking.get(project) === asking) this.#asking.delete(project);
      });
    const asking: Asking = { answer };
    this.#asking.set(project, asking);
    return asking;
  }
}

async function read(project: ProjectId, { documents, secret }: ContractSource): Promise<ProjectContracts> {
  const stored = await documents.list(project, 'Contract');
  if (stored.length === 0) return NO_CONTRACTS;
  const contracts = stored.map(({ document: { metadata, spec }, version }) => ({
    name: metadata.name,
    version,
    spec,
  }));
  const specs = contracts.map(({ spec }) => spec);
  return new ProjectContracts({ contracts, keys: keysOf(specs, secret) });
}
