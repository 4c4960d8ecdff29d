import type { SystemSpec } from '../../model/documents/system.ts';
import type { ProjectId } from '../../model/ids.ts';
import type { MinuteRange } from './profiles.ts';

export type ImpactQuery = {
  readonly project: ProjectId;
  readonly system: string;
  /** When the decisions were made. */
  readonly range: MinuteRange;
};

/** What became of decisions, by when they were made. `judged` ≤ `decisions`; a deferred one is judged by a ruling only. */
export type JudgedDecisions = {
  readonly decisions: number;
  readonly judged: number;
  readonly wrong: number;
};

/** What a drift is weighed with: read only when there is one. */
export interface ImpactStore {
  /** `key=value` of the keys, as profiled in the stretch, the most decisions first. */
  segments(query: ImpactQuery, keys: readonly string[], limit: number): Promise<readonly string[]>;
  judged(
    query: ImpactQuery & {
      readonly modelVersion?: string;
      readonly segment?: string;
      /** Outcomes that became known later do not count: an evaluation says the same whenever it runs. */
      readonly knownBeforeMs: number;
    },
    spec: Pick<SystemSpec, 'correct' | 'deferred'>,
  ): Promise<JudgedDecisions>;
  /**
   * Of each feature the share 0..1 of the score's variance that lies between its values (ε², the adjusted correlation
   * ratio, on bins of a factor of two and on categories), over at most `rows` decisions of the stretch. Features without a
   * score beside them are left out.
   */
  associations(query: ImpactQuery, rows: number): Promise<ReadonlyMap<string, number>>;
}
