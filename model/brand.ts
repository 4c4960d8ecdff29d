/** Closes a union: a new member that a switch forgot is a type error here, and a thrown error at run time. */
export function unreachable(value: never): never {
  throw new RangeError(`unreachable: ${JSON.stringify(value)}`);
}
