import { createContractReplay } from '../collector/contracts/replay.ts';
import type { ContractReplay } from '../store/ports/replays.ts';
import { type Control, telemetryOn } from './adapters.ts';
import type { Stores } from './stores.ts';

type ReplayRoom = {
  readonly stores: Stores;
  readonly control: Control;
  readonly secret: (name: string) => string | undefined;
  readonly loaderId: string;
  readonly nowMs: () => number;
};

/** Replays as the API offers them: each part that changed decisions is in the audit trail, and screens are told. */
export function contractReplayOn({ stores, control, secret, loaderId, nowMs }: ReplayRoom): ContractReplay {
  const { audit, documents, live } = control;
  return createContractReplay({
    replays: telemetryOn(stores.clickhouse.api).replays,
    contracts: { documents, secret },
    loaderId,
    nowMs,
    onChanged: ({ scope: { project, system }, by, mapping }, part) =>
      stores.postgres.transaction(async (tx) => {
        const { contract, changed, released, marked, quarantined } = part;
        const under = contract === '' ? 'no contract' : contract;
        const mapped = mapping === undefined ? '' : ' after mapping their features';
        const sentence = `${by} held ${changed} decisions of ${system} against ${under} again${mapped}: ${released} released, ${marked} marked, ${quarantined} kept apart.`;
        const details = {
          sentence,
          contract,
          changed,
          released,
          marked,
          quarantined,
          mapping: mapping ?? null,
        };
        const entry = { project, by, what: 'contract.replayed', subject: system, details };
        await audit.append(entry, nowMs(), tx);
        await live.publish(project, 'ingest', '', nowMs(), tx);
      }),
  });
}
