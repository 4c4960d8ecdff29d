import type { ContractSpec } from '../../model/documents/contract.ts';
import { type Keys, MaskRules } from '../masking/rules.ts';

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

/** What is promised and the keys to mask with: all that another thread needs to hold records against it. */
export type ContractSet = { readonly contracts: readonly KnownContract[]; readonly keys: Keys };

/** The contracts of one project as they stand, ready to be asked for every record. */
export class ProjectContracts {
  readonly set: ContractSet;
  readonly #made = new Map<string, SystemContract>();

  constructor(set: ContractSet) {
    this.set = set;
  }

  get isEmpty(): boolean {
    return this.set.contracts.length === 0;
  }

  /** What holds for a record that names these systems or services; undefined where nobody promised anything. */
  of(...names: readonly string[]): SystemContract | undefined {
    if (this.isEmpty) return undefined;
    const holding = this.set.contracts.filter(({ spec: { system, services } }) =>
      names.some((name) => name === system || services.includes(name)),
    );
    if (holding.length === 0) return undefined;
    // By the contracts that hold, not by the names: those come from outside and have no end.
    const label = holding.map((one) => `${one.name}@${one.version}`).join(' ');
    const known = this.#made.get(label);
    if (known) return known;
    const specs = holding.map(({ spec }) => spec);
    const masks = new MaskRules(specs, this.set.keys);
    const made = { label, specs, masks: masks.isEmpty ? undefined : masks };
    this.#made.set(label, made);
    return made;
  }
}

export const NO_CONTRACTS = new ProjectContracts({ contracts: [], keys: new Map() });
