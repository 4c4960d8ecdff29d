import type { Action, ActionPlan } from '../../model/action.ts';
import type { RouteMode } from '../../model/decision.ts';
import type { IncidentId, ProjectId, SystemName } from '../../model/ids.ts';
import type { Incident } from '../../model/incident.ts';
import type { PermissionRefusal } from '../decide/manual.ts';

export type CommandResult =
  | { readonly kind: 'done'; readonly incident: Incident; readonly action?: Action }
  | { readonly kind: 'not_found'; readonly what: 'incident' | 'action' }
  | {
      readonly kind: 'refused';
      readonly reason: PermissionRefusal | 'repeated' | 'failed';
      readonly sentence: string;
    };

export type Target = { readonly project: ProjectId; readonly incident: IncidentId; readonly by: string };
export type ManualAction =
  | { readonly kind: 'rollback'; readonly toVersion?: string | undefined; readonly reason: string }
  | ({ readonly kind: 'route'; readonly reason: string } & Pick<
      Extract<ActionPlan, { kind: 'route' }>,
      'queue' | 'maxItems' | 'future'
    >);
export type GateOrder = {
  readonly project: ProjectId;
  readonly system: SystemName;
  readonly servingVersion?: string | undefined;
  readonly route?: RouteMode | undefined;
  readonly reason: string;
  readonly by: string;
};
