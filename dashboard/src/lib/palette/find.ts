/** Somewhere to go: a screen, a system, a promise, an incident, a decision. */
export type Place = { readonly kind: string; readonly label: string; readonly href: string };

/** As many as a person reads. */
const MOST = 10;
const NUMBER = /^#?(\d{1,9})$/;
const ID = /^\S{3,256}$/;

/**
 * Places that hold every word of the query, best first: labels that begin with it, then words that do, then any. What
 * could be the number of an incident or the id of a decision is offered as that, last: neither is in any list.
 */
export function find(query: string, places: readonly Place[]): readonly Place[] {
  const text = query.trim().toLowerCase();
  if (text === '') return places.slice(0, MOST);
  const words = text.split(/\s+/);
  const found = places
    .flatMap((place, order) => {
      const all = `${place.kind} ${place.label}`.toLowerCase();
      return words.every((word) => all.includes(word)) ? [{ place, order, rank: rankOf(place, text) }] : [];
    })
    .sort((a, b) => a.rank - b.rank || a.order - b.order)
    .map(({ place }) => place);
  const guessed = guesses(query.trim()).filter(({ href }) => !found.some((place) => place.href === href));
  return [...found.slice(0, MOST - guessed.length), ...guessed];
}

function rankOf({ label }: Place, text: string): number {
  const lower = label.toLowerCase();
  if (lower.startsWith(text)) return 0;
  return lower.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(text)) ? 1 : 2;
}

function guesses(query: string): readonly Place[] {
  const number = NUMBER.exec(query)?.[1];
  return [
    ...(number === undefined
      ? []
      : [{ kind: 'Incident', label: `#${number}`, href: `/incidents/${number}` }]),
    ...(ID.test(query)
      ? [{ kind: 'Decision', label: query, href: `/decisions/${encodeURIComponent(query)}` }]
      : []),
  ];
}
