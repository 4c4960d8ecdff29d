import type { Finding } from '../model/finding.ts';

/** What an evaluation says, before it is known who asked and when. */
export type FindingDraft = Omit<Finding, 'id' | 'project' | 'system' | 'monitor' | 'kind' | 'evaluatedAtMs'>;
