/** What a broken promise means, after the name of its feature. A promise that is new says its own name. */
const BROKEN: Readonly<Record<string, string>> = {
  type: 'has another type',
  range: 'lies outside its range',
  allowed: 'is none of the allowed values',
  required: 'is not there',
  unknown: 'is not in the contract',
  freshness: 'is older than promised',
};

export const brokenWords = (promise: string): string => BROKEN[promise] ?? `breaks its ${promise}`;

/** `range:distance` → what and which. A feature's name may hold a colon, a promise's does not. */
export function violationParts(violation: string): { readonly promise: string; readonly feature: string } {
  const at = violation.indexOf(':');
  return { promise: violation.slice(0, at), feature: violation.slice(at + 1) };
}
