/** A migration file's statements: cut at semicolons that stand outside strings and comments; comments go. */
export function splitStatements(sql: string): string[] {
  const parts = sql.match(/'(?:[^'\\]|\\[\s\S]|'')*'|`[^`]*`|--[^\n]*|;|[^'`;-]+|-/g) ?? [];
  const statements: string[] = [];
  let current = '';
  for (const part of parts) {
    if (part === ';') {
      statements.push(current.trim());
      current = '';
    } else if (!part.startsWith('--')) current += part;
  }
  return [...statements, current.trim()].filter((statement) => statement !== '');
}
