import type { IncidentJudgement } from '../../model/incident.ts';
import type { GateChangeResult } from '../../store/ports/gates.ts';
import type { AlertsDeps } from '../deps.ts';
import { manualAction } from './act.ts';
import { decideAction } from './approve.ts';
import type { CommandResult, GateOrder, ManualAction, Target } from './command.ts';
import { changeGate } from './gate.ts';
import { acknowledge, judge, note, resolve } from './say.ts';

/** What a person may do. Each is one transaction under the system's lock, with its audit entry and its line on the timeline. */
export type IncidentCommands = {
  acknowledge(of: Target): Promise<CommandResult>;
  note(of: Target, text: string): Promise<CommandResult>;
  resolve(of: Target, text: string, judged?: IncidentJudgement): Promise<CommandResult>;
  judge(of: Target, judged: IncidentJudgement, text: string): Promise<CommandResult>;
  act(of: Target, action: ManualAction): Promise<CommandResult>;
  decide(of: Target, action: string, approve: boolean, text: string): Promise<CommandResult>;
  changeGate(order: GateOrder): Promise<GateChangeResult>;
};

export const createCommands = (deps: AlertsDeps): IncidentCommands => ({
  acknowledge: (of) => acknowledge(deps, of),
  note: (of, text) => note(deps, of, text),
  resolve: (of, text, judged) => resolve(deps, of, text, judged),
  judge: (of, judged, text) => judge(deps, of, judged, text),
  act: (of, action) => manualAction(deps, of, action),
  decide: (of, action, approve, text) => decideAction(deps, of, action, approve, text),
  changeGate: (order) => changeGate(deps, order),
});
