/** Every refusal the API can give: its status and its title. Closed, so that a client can switch on it. */
const PROBLEMS = {
  validation_failed: [400, 'The request does not have the shape that this route takes'],
  malformed_body: [400, 'The body could not be read'],
  range_invalid: [400, 'The time range cannot be used'],
  cursor_invalid: [400, 'The cursor is not one that this route gave out'],
  unauthenticated: [401, 'A valid token is needed'],
  missing_scope: [403, 'The token does not allow this'],
  cross_site_refused: [403, 'The request comes from another site'],
  not_found: [404, 'There is no such thing'],
  no_gate: [404, 'This system has no gate yet'],
  nothing_waiting: [404, 'Nothing waits in this queue'],
  method_not_allowed: [405, 'This path does not take that method'],
  conflict: [409, 'The thing has changed since it was read'],
  refused: [409, 'The rules do not allow this now'],
  stale_revision: [409, 'The thing has changed since it was read'],
  stale_plan: [409, 'The world is no longer as it was when this was planned'],
  version_quarantined: [409, 'The version is quarantined'],
  already_claimed: [409, 'Another reviewer has this item'],
  lease_lost: [409, 'The claim on this item has run out or moved on'],
  undo_too_late: [409, 'The ruling can no longer be taken back'],
  too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The body has a type that this route does not take'],
  host_refused: [421, 'This address does not serve that host'],
  document_invalid: [422, 'A document cannot be used as it is'],
  rate_limited: [429, 'Too many attempts'],
  internal: [500, 'Leeway made a mistake'],
  store_unavailable: [503, 'A store cannot be reached'],
  query_timeout: [503, 'The question took too long'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof PROBLEMS;
export type ProblemStatus = (typeof PROBLEMS)[ProblemCode][0];
/** The codes that go with a status: a 404 cannot be called `conflict`. */
export type CodeOf<S extends ProblemStatus> = {
  [C in ProblemCode]: (typeof PROBLEMS)[C][0] extends S ? C : never;
}[ProblemCode];

export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];
export const titleOf = (code: ProblemCode): string => PROBLEMS[code][1];
