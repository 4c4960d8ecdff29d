import { existsSync, globSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * The directory of a build that is as new as its sources: the one in dist when `npm test` made it, else a private one,
 * so that a test never looks at yesterday's dashboard and two test files never write to one place.
 */
export async function builtDashboard(): Promise<string> {
  const dist = join(ROOT, 'dist/dashboard');
  const sources = globSync('dashboard/{index.html,vite.config.ts,src/**/*,public/**/*}', { cwd: ROOT });
  const newest = Math.max(...sources.map((file) => statSync(join(ROOT, file)).mtimeMs));
  const index = join(dist, 'index.html');
  if (existsSync(index) && statSync(index).mtimeMs > newest) return dist;
  const outDir = mkdtempSync(join(tmpdir(), 'leeway-dashboard-'));
  await build({ configFile: join(ROOT, 'dashboard/vite.config.ts'), build: { outDir }, logLevel: 'warn' });
  return outDir;
}
