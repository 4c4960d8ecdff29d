import type { Action, ActionKind, ActionState } from '../../model/action.ts';
import type { IncidentId, ProjectId } from '../../model/ids.ts';
import type { PostgresTx } from './postgres.ts';

export type ActionFilter = {
  readonly project: ProjectId;
  readonly system?: string;
  readonly kind?: ActionKind;
  /** Empty or absent: every state. */
  readonly states?: readonly ActionState[];
  readonly limit: number;
};

export type ActionMove = {
  readonly to: ActionState;
  readonly sentence: string;
  readonly decidedBy?: string;
  /** New event time, when a refused action is taken after all. */
  readonly atMs?: number;
  /** Wall clock; given when the action is over. */
  readonly finishedAtMs?: number;
};

export type ActionMoved =
  | { readonly kind: 'moved'; readonly action: Action }
  /** It is in another state than expected: someone was faster. */
  | { readonly kind: 'elsewhere'; readonly action: Action };

/** What was done, would have been done, or was refused, and by whom. The same (incident, plan) is stored once. */
export interface ActionStore {
  /** `exists`: an action with this idempotency key is there already; it is returned as it stands. */
  create(
    action: Action,
    tx: PostgresTx,
  ): Promise<{ readonly kind: 'created' | 'exists'; readonly action: Action }>;
  /** With `tx` the row is locked until the transaction ends. */
  get(project: ProjectId, id: string, tx?: PostgresTx): Promise<Action | undefined>;
  /** Oldest first. */
  ofIncident(project: ProjectId, incident: IncidentId, tx?: PostgresTx): Promise<Action[]>;
  /** Newest first, by event time. */
  list(filter: ActionFilter, tx?: PostgresTx): Promise<Action[]>;
  /** Compare-and-set on the state. */
  move(id: string, from: readonly ActionState[], move: ActionMove, tx: PostgresTx): Promise<ActionMoved>;
}
