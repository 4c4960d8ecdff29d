import type { ActionKind, ActionState } from '../model/action.ts';
import type { Severity } from '../model/finding.ts';
import type { IncidentId, ProjectId } from '../model/ids.ts';
import type { RefusalReason } from './decide/guards.ts';

type Of = { readonly project: ProjectId; readonly system: string; readonly incident: IncidentId };

/** What the room did, for metrics and log lines. */
export type AlertEvent =
  | {
      readonly kind: 'findings_taken';
      readonly project: ProjectId;
      readonly system: string;
      readonly count: number;
    }
  | ({ readonly kind: 'incident_opened'; readonly severity: Severity; readonly title: string } & Of)
  | ({ readonly kind: 'incident_escalated'; readonly severity: Severity; readonly title: string } & Of)
  | ({ readonly kind: 'incident_resolved'; readonly title: string } & Of)
  | ({ readonly kind: 'action_refused'; readonly action: ActionKind; readonly reason: RefusalReason } & Of)
  | ({
      readonly kind: 'action_moved';
      readonly action: ActionKind;
      readonly state: ActionState;
      readonly sentence: string;
    } & Of)
  /** Another process was faster; nothing was written here. */
  | ({ readonly kind: 'decision_raced' } & Of)
  | { readonly kind: 'tick_done'; readonly tookMs: number }
  | { readonly kind: 'tick_failed'; readonly error: unknown };
