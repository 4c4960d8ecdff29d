import type { IncidentDetail } from '../../lib/api/contract.ts';

/** What a person can press on an incident. */
export const DOINGS = ['acknowledge', 'rollback', 'route', 'note', 'resolve'] as const;
export type Doing = (typeof DOINGS)[number];

export const DOING_LABEL: Record<Doing, string> = {
  acknowledge: 'Acknowledge',
  rollback: 'Roll back …',
  route: 'Send to people …',
  note: 'Add note …',
  resolve: 'Resolve …',
};

export type Pressable = { readonly allowed: boolean; readonly why: string };

/** What the API says about it; silence is a refusal. */
export function pressable(incident: Pick<IncidentDetail, 'allowed'>, what: Doing): Pressable {
  const found = incident.allowed.find((one) => one.do === what);
  return found ?? { allowed: false, why: 'The server does not offer this now.' };
}

export type Asked = {
  readonly path: 'acknowledge' | 'resolve' | 'notes' | 'actions' | 'judgement';
  readonly body: unknown;
  readonly done: string;
};

/** The first thing to press at 3 am: what waits for approval, else what is allowed, in the order of help. */
export function firstToPress(incident: IncidentDetail): Doing | 'approve' | null {
  if (incident.state === 'resolved') return null;
  if (incident.actions.some((action) => action.state === 'proposed')) return 'approve';
  const acted = incident.actions.some((action) => ['running', 'done', 'effective'].includes(action.state));
  const order: readonly Doing[] = acted ? ['acknowledge', 'resolve'] : ['acknowledge', 'rollback', 'route'];
  return order.find((what) => pressable(incident, what).allowed) ?? null;
}
