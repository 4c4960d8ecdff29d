import type { IncidentCommands } from '../alerts/commands/commands.ts';
import type { ReviewCommands } from '../alerts/review/commands.ts';
import type { MaskWords } from '../collector/masking/words.ts';
import type { GateStore } from '../store/ports/gates.ts';
import type { IncidentStore } from '../store/ports/incidents.ts';
import type { ReviewStore } from '../store/ports/review.ts';

/** The note on a ruling goes into the item, the timeline, the outcome: it is masked before any of them. */
export const maskedReview = (
  commands: ReviewCommands,
  store: Pick<ReviewStore, 'get'>,
  mask: MaskWords,
): ReviewCommands => ({
  ...commands,
  rule: async (project, hold, ruling) => {
    const item = await store.get(project, hold.id);
    if (item === undefined) return { kind: 'refused', reason: 'not_found' };
    return commands.rule(project, hold, { ...ruling, note: await mask(project, item.system, ruling.note) });
  },
});

/** What people say on incidents, and why they act. */
export function maskedIncidents(
  commands: IncidentCommands,
  incidents: Pick<IncidentStore, 'get'>,
  mask: MaskWords,
): IncidentCommands {
  const said = async (of: Parameters<IncidentCommands['note']>[0], text: string): Promise<string> => {
    const incident = await incidents.get(of.project, of.incident);
    // The command itself says that there is none.
    return incident === undefined ? text : mask(of.project, incident.system, text);
  };
  return {
    acknowledge: (of) => commands.acknowledge(of),
    note: async (of, text) => commands.note(of, await said(of, text)),
    resolve: async (of, text, judged) => commands.resolve(of, await said(of, text), judged),
    judge: async (of, judged, text) => commands.judge(of, judged, await said(of, text)),
    act: async (of, action) => commands.act(of, { ...action, reason: await said(of, action.reason) }),
    decide: async (of, action, approve, text) => commands.decide(of, action, approve, await said(of, text)),
    changeGate: async (order) =>
      commands.changeGate({ ...order, reason: await mask(order.project, order.system, order.reason) }),
  };
}

export const maskedGates = (gates: GateStore, mask: MaskWords): GateStore => ({
  ...gates,
  deploy: async (of, nowMs) =>
    gates.deploy({ ...of, note: await mask(of.project, of.system, of.note) }, nowMs),
});
