// Adds to package-lock.json the optional platform packages that the registry at hand did not offer, so that the lock
// serves every platform. Run after every change of dependencies: npm run lock:complete. With --check it only tells.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lock, missingPlatformPackages } from './platform-packages.ts';

const file = join(import.meta.dirname, '../package-lock.json');
const lock: Lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = missingPlatformPackages(lock);

if (process.argv.includes('--check')) {
  for (const name of Object.keys(missing)) console.error(`package-lock.json lacks ${name}`);
  process.exit(Object.keys(missing).length === 0 ? 0 : 1);
}
const packages = { ...lock.packages, ...missing };
const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
console.log(`added ${Object.keys(missing).length} platform packages`);
