// Builds the dashboard when its sources are newer than what is in dist/. Runs before start, demo and test.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const stamp = join(root, 'dist/dashboard.sources');
const SOURCES = [
  'dashboard/**/*.{ts,svelte,css,html,js,svg,json}',

  'api/contract/*.ts',
  'model/**/*.ts',
  'package-lock.json',
];

const hash = createHash('sha256');
for (const file of globSync(SOURCES, { cwd: root }).sort()) {
  hash
    .update(file)
    .update('\0')
    .update(readFileSync(join(root, file)));
}
const now = hash.digest('hex');
const before = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
if (now !== before || !existsSync(join(root, 'dist/dashboard/index.html'))) {
  console.error('building the dashboard …');
  const vite = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/vite/bin/vite.js'),
      'build',
      '--config',
      'dashboard/vite.config.ts',
      '--logLevel',
      'warn',
    ],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  if (vite.status !== 0) process.exit(vite.status ?? 1);
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stamp, now);
}
