/** Names with the largest parts, until they hold this share of the whole, and no more than this many. */
const HELD_SHARE = 0.8;
const MOST = 4;

export type Parts = { readonly names: readonly string[]; readonly share: number };

/** Of parts that are not negative; all of them nothing: no names. */
export function mostOf(parts: readonly (readonly [name: string, part: number])[]): Parts {
  const total = parts.reduce((sum, [, part]) => sum + part, 0);
  const names: string[] = [];
  let held = 0;
  for (const [name, part] of parts.toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))) {
    if (names.length >= MOST || part <= 0 || held >= HELD_SHARE * total) break;
    names.push(name);
    held += part;
  }
  return { names, share: total > 0 ? held / total : 0 };
}

/** "x", "x and y", "x, y and z". */
export const listWords = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
