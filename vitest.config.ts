import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Most of a test's time is waiting for a store or a browser; vitest's own default leaves one of two cores idle.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/dashboard/**'],
          pool: 'forks',
          testTimeout: 30_000,
          hookTimeout: 60_000,
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
      {
        plugins: [svelte(), svelteTesting()],
        test: { name: 'dashboard', include: ['test/dashboard/**/*.test.ts'], environment: 'happy-dom' },
      },
    ],
  },
});
