// Writes the pages of docs/reference that are made from code: npm run reference. A test tells when they are stale.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePages } from './reference-pages.ts';

for (const [name, page] of Object.entries(await referencePages()))
  writeFileSync(join(import.meta.dirname, '../docs/reference', name), page);
