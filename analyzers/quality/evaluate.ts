import { CONTRACT_FEATURE } from '../../model/contract-features.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { type Counted, countedDraft, toldDraft } from './check.ts';
import {
  contract,
  missing,
  newCategory,
  outOfRange,
  type QualityInput,
  stuck,
  typeChange,
  vanished,
} from './feature-checks.ts';
import { unit } from './unit.ts';

/** One finding per check that applies to the feature: missing, out of range, new, gone, stuck, of another type or unit. */
export function evaluateQuality(input: QualityInput): readonly FindingDraft[] {
  const versions = Object.fromEntries(input.current.versions);
  const counted = (check: Counted | undefined): FindingDraft[] =>
    check ? [countedDraft(input, { ...check, evidence: { ...check.evidence, versions } })] : [];
  if (input.current.feature === CONTRACT_FEATURE) return counted(contract(input));
  return [
    ...[missing, outOfRange, newCategory, typeChange].flatMap((check) => counted(check(input))),
    ...[vanished, stuck, unit].flatMap((check) => {
      const told = check(input);
      return told ? [toldDraft(input, { ...told, evidence: { ...told.evidence, versions } })] : [];
    }),
  ];
}
