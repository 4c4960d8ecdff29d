import type { PostgresDb } from '../ports/postgres.ts';
import type { ReviewStore } from '../ports/review.ts';
import { createReviewClaims } from './review-claims.ts';
import { createReviewFilling } from './review-filling.ts';
import { createReviewReads } from './review-reads.ts';

export const createReviewStore = (db: PostgresDb): ReviewStore => ({
  ...createReviewClaims(db),
  ...createReviewFilling(db),
  ...createReviewReads(db),
});
