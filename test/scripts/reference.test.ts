import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CONFIG_KEYS } from '../../app/config/keys.ts';
import { referencePages } from '../../scripts/reference-pages.ts';

it('the generated pages of the reference are as the code is', async () => {
  for (const [name, page] of Object.entries(await referencePages())) {
    const written = readFileSync(join(import.meta.dirname, '../../docs/reference', name), 'utf8');
    expect(written, `docs/reference/${name} is stale: npm run reference`).toBe(page);
  }
});

it('every key of the configuration says what it is', () => {
  expect(
    CONFIG_KEYS.filter(({ description }) => description === '').map(({ path }) => path.join('.')),
  ).toEqual([]);
});
