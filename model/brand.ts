/** A string (or other value) that was parsed as a `Name`: it cannot be swapped for another kind of id. */
export type Brand<T, Name extends string> = T & { readonly __brand: Name };

/** Closes a union: a new member that a switch forgot is a type error here, and a thrown error at run time. */
export function unreachable(value: never): never {
  throw new RangeError(`unreachable: ${JSON.stringify(value)}`);
}
