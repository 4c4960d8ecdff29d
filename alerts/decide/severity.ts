import type { Severity } from '../../model/finding.ts';

const RANK: Record<Severity, number> = { log: 0, ticket: 1, page: 2 };

export const isAtLeast = (severity: Severity, least: Severity): boolean => RANK[severity] >= RANK[least];
export const isWorse = (severity: Severity, than: Severity): boolean => RANK[severity] > RANK[than];
export const worst = (a: Severity, b: Severity): Severity => (isWorse(b, a) ? b : a);
