import type { Sli } from '../../model/documents/slo.ts';
import type { SystemSpec } from '../../model/documents/system.ts';
import type { ProjectId } from '../../model/ids.ts';
import type { MinuteRange, NewSegment } from './profiles.ts';

export type SliDefinition = {
  /** Name of the SLO document. */
  readonly slo: string;
  readonly sli: Sli;
  readonly system: Pick<SystemSpec, 'correct' | 'deferred'>;
};

export type SloMinute = {
  readonly minuteMs: number;
  readonly modelVersion: string;
  readonly good: number;
  readonly total: number;
};

/** Good and total events per SLO, model version and minute. */
export interface SloMinuteStore {
  /** Counts the minutes of the ranges anew, every decision once. Idempotent; a later `computedAtMs` wins. */
  count(
    project: ProjectId,
    system: string,
    definition: SliDefinition,
    ranges: readonly MinuteRange[],
    computedAtMs: number,
  ): Promise<void>;
  /**
   * Minutes before `closedBeforeMs` whose correctness changes through the rows of new segments: an outcome that was
   * waiting for its decision, or one that a later outcome replaced.
   */
  touchedMinutes(query: {
    readonly project: ProjectId;
    readonly system: string;
    readonly decisions: readonly Pick<NewSegment, 'loader' | 'loadedAtMs'>[];
    readonly outcomes: readonly Pick<NewSegment, 'loader' | 'loadedAtMs'>[];
    readonly closedBeforeMs: number;
  }): Promise<number[]>;
  /** Minutes with events in [fromMs, toMs), ascending. */
  series(project: ProjectId, slo: string, fromMs: number, toMs: number): Promise<SloMinute[]>;
}
