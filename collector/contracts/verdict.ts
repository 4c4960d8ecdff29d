import { type ContractValue, checkContracts } from '../../model/contract-check.ts';
import type { RowWriter } from '../rows/writer.ts';
import type { SystemContract } from './contracts.ts';

/** Columns `contract`, `violations`, `quarantined`: what the system's contract says of the features as they are kept. */
export function writeVerdict(
  writer: RowWriter,
  promised: SystemContract | undefined,
  features: () => Readonly<Record<string, ContractValue>>,
  timeMs: number,
): void {
  if (promised === undefined) {
    writer.zeros(3);
    return;
  }
  const { violations, quarantined } = checkContracts(promised.specs, features(), timeMs);
  writer.string(promised.label);
  writer.varint(violations.length);
  for (const violation of violations) writer.string(violation);
  writer.u8(quarantined ? 1 : 0);
}
