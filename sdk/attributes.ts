import type { LIMITS } from '../model/decision.ts';

/** The attributes of a decision on a span. The collector reads the same names; a test holds the two together. */
export const PREFIX = 'leeway.decision.';
export const FEATURE = `${PREFIX}feature.`;
export const SEGMENT = `${PREFIX}segment.`;
export const TEXT = `${PREFIX}text.`;
export const EMBEDDING = `${PREFIX}embedding.`;
export const MISSING = `${PREFIX}features.missing`;
export const UPSTREAM = `${PREFIX}upstream`;

/** What the collector takes at most (model/decision.ts); written out, so that a browser needs no schema library. */
export const MOST: Pick<
  typeof LIMITS,
  | 'featuresPerDecision'
  | 'featureNameChars'
  | 'segmentsPerDecision'
  | 'upstreamPerDecision'
  | 'textsPerDecision'
  | 'embeddingsPerDecision'
  | 'embeddingDimension'
  | 'freeTextChars'
> = {
  featuresPerDecision: 512,
  featureNameChars: 128,
  segmentsPerDecision: 32,
  upstreamPerDecision: 64,
  textsPerDecision: 16,
  embeddingsPerDecision: 8,
  embeddingDimension: 4_096,
  freeTextChars: 32_768,
};
/** Values, ids, versions, names and segments; the collector refuses what is longer. */
export const TEXT_CHARS = 256;
/** A categorical feature: long enough for every code, short enough that a document slips into no span. */
export const FEATURE_TEXT_CHARS = 1_024;
export const SYSTEM_CHARS = 128;
