import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

// Half of what a process costs until it is up is compiling. Workers, and the processes that tests start, share it.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/leeway');

export default defineConfig({
  test: {
    // A fifth of a test's time is waiting for a store, a browser or a process that was killed: three keep two cores busy.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/dashboard/**'],
          pool: 'forks',
          // What a machine at half speed needs, and then some: a limit ends what hangs, and measures nothing.
          testTimeout: 120_000,
          hookTimeout: 240_000,
          expect: { poll: { timeout: 30_000 } },
          globalSetup: ['test/support/global-setup.ts'],
          setupFiles: ['test/support/compile-cache.ts'],
        },
      },
      {
        plugins: [svelte(), svelteTesting()],
        test: {
          name: 'dashboard',
          include: ['test/dashboard/**/*.test.ts'],
          environment: 'happy-dom',
          testTimeout: 120_000,
        },
      },
    ],
  },
});
