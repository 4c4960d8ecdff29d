/** OTLP: ids of another length, or all zero, are invalid. */
export function isBadId(bytes: Buffer, at: number, length: number, wanted: number): boolean {
  if (length !== wanted) return true;
  for (let from = at; from < at + wanted; from++) if (bytes[from] !== 0) return false;
  return true;
}
