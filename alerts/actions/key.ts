import { createHash } from 'node:crypto';
import type { ActionPlan } from '../../model/action.ts';
import type { IncidentId } from '../../model/ids.ts';
import { planIdentity } from '../decide/plans.ts';

/**
 * The same plan in the same incident is one action, whoever asks and however often. A person may do again what was undone
 * in between: their plans carry the gate's revision that they saw.
 */
export const actionKey = (incident: IncidentId, plan: ActionPlan, seenRevision?: number): string =>
  createHash('sha256')
    .update(JSON.stringify([incident, planIdentity(plan), seenRevision ?? null]))
    .digest('hex');
