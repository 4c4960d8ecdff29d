import type { DocumentOf } from '../model/documents/document.ts';
import type { SystemSpec } from '../model/documents/system.ts';
import type { ProjectId, SystemName } from '../model/ids.ts';
import type { BackfillStore } from '../store/ports/backfills.ts';
import type { CohortStore } from '../store/ports/cohorts.ts';
import type { DocumentStore, Stored } from '../store/ports/documents.ts';
import type { FindingLog } from '../store/ports/findings.ts';
import type { GateStore } from '../store/ports/gates.ts';
import type { ImpactStore } from '../store/ports/impact.ts';
import type { LiveBus } from '../store/ports/live.ts';
import type { ProfileLevels, ProfileStore } from '../store/ports/profiles.ts';
import type { AnalysisProgress, ProgressStore } from '../store/ports/progress.ts';
import type { ReferenceBook, ReferenceProfiles } from '../store/ports/references.ts';
import type { SampleStore } from '../store/ports/samples.ts';
import type { SloMinuteStore } from '../store/ports/slo-minutes.ts';
import type { AnalyzerEvent } from './events.ts';
import type { MultivariateThread } from './multivariate/thread.ts';

export type AnalyzerStores = {
  readonly profiles: ProfileStore;
  readonly sloMinutes: SloMinuteStore;
  readonly cohorts: CohortStore;
  readonly progress: ProgressStore;
  readonly findings: FindingLog;
  readonly documents: DocumentStore;
  readonly impact: ImpactStore;
  readonly samples: SampleStore;
  readonly live: Pick<LiveBus, 'publish'>;
  /** Told of each model version the first time it is seen; says when decisions went to people. */
  readonly gates?: Pick<GateStore, 'observe' | 'versions' | 'history'>;
  /** Profiles that were asked to be made again. */
  readonly backfills?: Pick<BackfillStore, 'next' | 'save'>;
  /** Stored references; without them monitors have those of their documents only. */
  readonly references?: { readonly book: ReferenceBook; readonly profiles: ReferenceProfiles };
};

/** One system in one tick. */
export type TickContext = {
  readonly stores: AnalyzerStores;
  readonly project: ProjectId;
  readonly system: SystemName;
  readonly spec: SystemSpec;
  readonly slos: readonly Stored<DocumentOf<'SLO'>>[];
  readonly monitors: readonly Stored<DocumentOf<'Monitor'>>[];
  /** What its decisions promise. */
  readonly contracts?: readonly Stored<DocumentOf<'Contract'>>[];
  readonly multivariate: MultivariateThread;
  readonly nowMs: () => number;
  readonly emit: (event: AnalyzerEvent) => void;
};

/** How far the minutes are summarised; evaluations look no further. */
export type Summarised = {
  readonly progress: AnalysisProgress;
  readonly firstEventMs: number;
  readonly profiledUntilMs: number;
  /** Absent or undefined: minutes only. */
  readonly levels?: ProfileLevels | undefined;
};
