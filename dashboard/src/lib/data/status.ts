import type { ActionView, IncidentRow, SloRow, VersionRow } from '../api/contract.ts';

/** The four looks of a status. Each has a shape and a colour of its own; the word always stands beside it. */
export type Tone = 'ok' | 'warn' | 'bad' | 'none';
export type Look = { readonly tone: Tone; readonly word: string };

type Verdict = SloRow['verdict'];
type Severity = IncidentRow['severity'];

export const VERDICT_LOOK: Record<Verdict, Look> = {
  ok: { tone: 'ok', word: 'OK' },
  drift: { tone: 'warn', word: 'Drift' },
  burning: { tone: 'bad', word: 'Burning' },
  breach: { tone: 'bad', word: 'Breach' },
  not_enough_data: { tone: 'none', word: 'Not enough data' },
  blind: { tone: 'none', word: 'Blind' },
};

export const SEVERITY_LOOK: Record<Severity, Look> = {
  page: { tone: 'bad', word: 'Page' },
  ticket: { tone: 'warn', word: 'Ticket' },
  log: { tone: 'none', word: 'Log' },
};

export const INCIDENT_LOOK: Record<IncidentRow['state'], Look> = {
  open: { tone: 'bad', word: 'Open' },
  acknowledged: { tone: 'warn', word: 'Acknowledged' },
  mitigating: { tone: 'warn', word: 'Mitigating' },
  verifying: { tone: 'warn', word: 'Verifying' },
  resolved: { tone: 'ok', word: 'Resolved' },
};

export const VERSION_LOOK: Record<VersionRow['status'], Look> = {
  live: { tone: 'ok', word: 'Live' },
  known_good: { tone: 'ok', word: 'Known good' },
  candidate: { tone: 'none', word: 'Candidate' },
  quarantined: { tone: 'bad', word: 'Quarantined' },
  retired: { tone: 'none', word: 'Retired' },
};

export const ACTION_LOOK: Record<ActionView['state'], Look> = {
  shadowed: { tone: 'none', word: 'Shadowed' },
  proposed: { tone: 'warn', word: 'Waits for approval' },
  running: { tone: 'warn', word: 'Running' },
  done: { tone: 'ok', word: 'Done' },
  refused: { tone: 'none', word: 'Held back by a guard' },
  failed: { tone: 'bad', word: 'Failed' },
  rejected: { tone: 'none', word: 'Rejected' },
  effective: { tone: 'ok', word: 'Done, and it helped' },
  ineffective: { tone: 'bad', word: 'Done, did not help' },
};

/** A verdict that came as text: one that this version does not know is shown, never taken for health. */
export const lookOfVerdict = (verdict: string): Look =>
  (VERDICT_LOOK as Readonly<Record<string, Look | undefined>>)[verdict] ?? {
    tone: 'none',
    word: verdict === '' ? 'No data' : verdict,
  };

/** Whether a decision turned out right. */
export function lookOfOutcome(correct: boolean | null, outcome: string): Look {
  if (correct === true) return { tone: 'ok', word: 'Correct' };
  if (correct === false) return { tone: 'bad', word: 'Wrong' };
  return { tone: 'none', word: outcome === '' ? 'Not known yet' : 'Not judged' };
}

/** What is left of an error budget. */
export function lookOfBudget(remaining: number | null): Look {
  if (remaining === null || !Number.isFinite(remaining)) return { tone: 'none', word: 'No data' };
  if (remaining <= 0) return { tone: 'bad', word: 'Spent' };
  return remaining < 0.25 ? { tone: 'warn', word: 'Low' } : { tone: 'ok', word: 'Healthy' };
}
