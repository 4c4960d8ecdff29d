/** The one list of shortcuts: what they do, the badges on the buttons and the `?` sheet all come from here. */
export type Scope = 'global' | 'review' | 'incident';

export type Binding = {
  readonly id: string;
  /** Keys pressed one after the other, as `KeyboardEvent.key` names them. */
  readonly keys: readonly string[];
  readonly label: string;
  readonly scope: Scope;
};

const b = (id: string, keys: string, label: string, scope: Scope = 'global'): Binding => ({
  id,
  keys: keys.split(' '),
  label,
  scope,
});

export const KEYMAP: readonly Binding[] = [
  b('go.overview', 'g o', 'Go to Overview'),
  b('go.systems', 'g y', 'Go to Systems'),
  b('go.slos', 'g s', 'Go to SLOs'),
  b('go.decisions', 'g d', 'Go to Decisions'),
  b('go.incidents', 'g i', 'Go to Incidents'),
  b('go.review', 'g r', 'Go to Review'),
  b('go.ingest', 'g l', 'Go to Ingest and its ledger'),
  b('go.documents', 'g c', 'Go to Configuration'),
  b('search', '/', 'Focus the filter'),
  b('range', 't', 'Change the time range'),
  b('live', 'p', 'Pause or resume live updates'),
  b('help', '?', 'Show these shortcuts'),
  b('review.next', 'c', 'Claim the next item', 'review'),
  b('review.confirm', '1', 'Choose: the decision stands', 'review'),
  ...Array.from({ length: 8 }, (_, i) =>
    b(`review.value.${i}`, String(i + 2), 'Choose: overturn to the value shown', 'review'),
  ),
  b('review.submit', 'Enter', 'Submit and claim the next', 'review'),
  b('review.unsure', 'u', 'Choose: unsure, pass it on', 'review'),
  b('review.note', 'n', 'Write a note', 'review'),
  b('review.undo', 'z', 'Undo the last ruling', 'review'),
  b('review.renew', 'x', 'Extend the lease', 'review'),
  b('review.release', 'q', 'Give the item back', 'review'),
  b('review.reveal', 'h', 'Show or hide what the machine decided', 'review'),
  b('incident.acknowledge', 'a', 'Acknowledge', 'incident'),
  b('incident.note', 'n', 'Add a note', 'incident'),
  b('incident.rollback', 'b', 'Roll back', 'incident'),
  b('incident.route', 'h', 'Send decisions to people', 'incident'),
  b('incident.resolve', 'e', 'Resolve', 'incident'),
];

export const bindingOf = (id: string): Binding | undefined => KEYMAP.find((binding) => binding.id === id);

/** How long the second key of a sequence may take. */
export const SEQUENCE_MS = 1_200;

export type Pending = { readonly keys: readonly string[]; readonly atMs: number };
export const NOTHING_PENDING: Pending = { keys: [], atMs: 0 };

export type Pressed =
  | { readonly kind: 'run'; readonly id: string }
  | { readonly kind: 'wait'; readonly pending: Pending }
  | { readonly kind: 'none' };

/** What a key means now. A started sequence that does not continue is dropped, and the key is read afresh. */
export function press(key: string, pending: Pending, nowMs: number, scopes: ReadonlySet<Scope>): Pressed {
  const live = KEYMAP.filter((binding) => scopes.has(binding.scope));
  const started = nowMs - pending.atMs <= SEQUENCE_MS ? pending.keys : [];
  for (const typed of started.length > 0 ? [[...started, key], [key]] : [[key]]) {
    const matches = live.filter((binding) => typed.every((one, i) => binding.keys[i] === one));
    const exact = matches.findLast((binding) => binding.keys.length === typed.length);
    if (exact) return { kind: 'run', id: exact.id };
    if (matches.length > 0) return { kind: 'wait', pending: { keys: typed, atMs: nowMs } };
  }
  return { kind: 'none' };
}

export type KeyPlace = {
  readonly typing: boolean;
  readonly modified: boolean;
  readonly inDialog: boolean;
  /** The focused element acts on this key itself: Enter or space on a button or a link, arrows in a list. */
  readonly ownsKey: boolean;
};

export type Hearing = { readonly kind: 'listen' } | { readonly kind: 'ignore'; readonly why: string };

/** WCAG 2.1.4 and good manners: never while a person types, with a modifier, in a dialog, or on a control that wants the key. */
export function hears(place: KeyPlace, singleKeysOn: boolean): Hearing {
  if (!singleKeysOn) return { kind: 'ignore', why: 'switched off' };
  if (place.modified) return { kind: 'ignore', why: 'modifier held' };
  if (place.typing) return { kind: 'ignore', why: 'typing' };
  if (place.inDialog) return { kind: 'ignore', why: 'dialog open' };
  if (place.ownsKey) return { kind: 'ignore', why: 'the control takes it' };
  return { kind: 'listen' };
}
