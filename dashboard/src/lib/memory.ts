/** What this browser remembers between visits. A barred storage means that it remembers nothing, not that it breaks. */
export type MemoryKey = 'theme' | 'reviewer' | 'keys' | 'blind-first';

export function recall(key: MemoryKey): string | null {
  try {
    return localStorage.getItem(`leeway.${key}`);
  } catch {
    return null;
  }
}

export function remember(key: MemoryKey, value: string): void {
  try {
    localStorage.setItem(`leeway.${key}`, value);
  } catch {
    // Private window or storage barred.
  }
}
