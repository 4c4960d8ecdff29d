import type { DecisionRow } from '../../lib/api/contract.ts';

export const ACTOR_WORD: Record<DecisionRow['actor'], string> = {
  ai: 'machine',
  human: 'person',
  both: 'machine and person',
};
