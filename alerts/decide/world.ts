import type { Action } from '../../model/action.ts';
import type { PolicySpec } from '../../model/documents/policy.ts';
import type { Gate, ModelVersion } from '../../model/gate.ts';
import type { Incident } from '../../model/incident.ts';
import type { VersionEvidence } from './suspect.ts';

export type NamedPolicy = { readonly name: string; readonly spec: PolicySpec };

/** Everything that the decision to act hangs on, as it was read under the system's lock. */
export type ActionWorld = {
  readonly incident: Incident;
  readonly policies: readonly NamedPolicy[];
  readonly gate: Gate | undefined;
  readonly serving: ModelVersion | undefined;
  readonly lastKnownGood: ModelVersion | undefined;
  /** Of this incident. */
  readonly actions: readonly Action[];
  /** Of this system, whatever the incident; newest first. */
  readonly recent: readonly Action[];
  /** Systems of the project with a paging signal on fire, this one included. */
  readonly firingSystems: number;
  readonly evidence: VersionEvidence;
  /** Event time: the system's watermark. */
  readonly nowMs: number;
};
