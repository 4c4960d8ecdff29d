import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_PROJECT } from '../model/ids.ts';
import { SCOPES, type TokenStore } from '../store/ports/tokens.ts';

/**
 * The token of the person who owns this machine: made at the first start and kept beside the data, readable by its
 * owner only, so that every start can print a link that works. Revoke it when others get tokens of their own.
 */
export async function ownersToken(dataDir: string, tokens: TokenStore, nowMs: number): Promise<string> {
  const file = join(dataDir, 'owner-token');
  if (existsSync(file)) {
    const kept = readFileSync(file, 'utf8').trim();
    if (await tokens.verify(kept)) return kept;
  }
  const { token } = await tokens.create(DEFAULT_PROJECT, 'owner', SCOPES, nowMs);
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  return token;
}
