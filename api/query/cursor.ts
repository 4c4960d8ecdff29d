import type { DecisionCursor } from '../../store/ports/reads.ts';

/** Opaque to clients: base64url of `nanoseconds:id`. */
export const encodeCursor = ({ timeNs, id }: DecisionCursor): string =>
  Buffer.from(`${timeNs}:${id}`).toString('base64url');

export function decodeCursor(text: string): DecisionCursor | undefined {
  const decoded = Buffer.from(text, 'base64url').toString();
  const match = /^(\d{1,19}):(.{1,256})$/s.exec(decoded);
  const [, timeNs, id] = match ?? [];
  return timeNs === undefined || id === undefined || BigInt(timeNs) > 2n ** 63n - 1n
    ? undefined
    : { timeNs, id };
}
