import type { ContractSpec } from '../../model/documents/contract.ts';
import { MaskRules, type SecretReader } from '../masking/rules.ts';

/** What holds for the records of one system. */
export type SystemContract = {
  readonly specs: readonly ContractSpec[];
  /** undefined where nothing has to be hidden. */
  readonly masks: MaskRules | undefined;
};

/** The contracts of one project as they stand, ready to be asked for every record. */
export class ProjectContracts {
  readonly #specs: readonly ContractSpec[];
  readonly #secret: SecretReader;
  readonly #made = new Map<string, SystemContract>();

  constructor(specs: readonly ContractSpec[], secret: SecretReader) {
    this.#specs = specs;
    this.#secret = secret;
  }

  get isEmpty(): boolean {
    return this.#specs.length === 0;
  }

  /** What holds for a record that names these systems or services; undefined where nobody promised anything. */
  of(...names: readonly string[]): SystemContract | undefined {
    if (this.isEmpty) return undefined;
    const specs = this.#specs.filter(({ system, services }) =>
      names.some((name) => name === system || services.includes(name)),
    );
    if (specs.length === 0) return undefined;
    // By the contracts that hold, not by the names: those come from outside and have no end.
    const key = specs.map((spec) => this.#specs.indexOf(spec)).join(' ');
    const known = this.#made.get(key);
    if (known) return known;
    const masks = new MaskRules(specs, this.#secret);
    const made = { specs, masks: masks.isEmpty ? undefined : masks };
    this.#made.set(key, made);
    return made;
  }
}

export const NO_CONTRACTS = new ProjectContracts([], () => undefined);
