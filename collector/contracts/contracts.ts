import type { ContractSpec } from '../../model/documents/contract.ts';
import { MaskRules, type SecretReader } from '../masking/rules.ts';

/** What holds for the records of one system. */
export type SystemContract = {
  /** `loans@3`: name and version of each, for the record of what a decision was held against. */
  readonly label: string;
  readonly specs: readonly ContractSpec[];
  /** undefined where nothing has to be hidden. */
  readonly masks: MaskRules | undefined;
};

export type KnownContract = {
  readonly name: string;
  readonly version: number;
  readonly spec: ContractSpec;
};

/** The contracts of one project as they stand, ready to be asked for every record. */
export class ProjectContracts {
  readonly #contracts: readonly KnownContract[];
  readonly #secret: SecretReader;
  readonly #made = new Map<string, SystemContract>();

  constructor(contracts: readonly KnownContract[], secret: SecretReader) {
    this.#contracts = contracts;
    this.#secret = secret;
  }

  get isEmpty(): boolean {
    return this.#contracts.length === 0;
  }

  /** What holds for a record that names these systems or services; undefined where nobody promised anything. */
  of(...names: readonly string[]): SystemContract | undefined {
    if (this.isEmpty) return undefined;
    const holding = this.#contracts.filter(({ spec: { system, services } }) =>
      names.some((name) => name === system || services.includes(name)),
    );
    if (holding.length === 0) return undefined;
    // By the contracts that hold, not by the names: those come from outside and have no end.
    const label = holding.map((one) => `${one.name}@${one.version}`).join(' ');
    const known = this.#made.get(label);
    if (known) return known;
    const specs = holding.map(({ spec }) => spec);
    const masks = new MaskRules(specs, this.#secret);
    const made = { label, specs, masks: masks.isEmpty ? undefined : masks };
    this.#made.set(label, made);
    return made;
  }
}

export const NO_CONTRACTS = new ProjectContracts([], () => undefined);
