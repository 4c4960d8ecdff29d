import { flushCompileCache } from 'node:module';
import { afterAll } from 'vitest';

// A worker is ended by a signal, which leaves no time to write: what it compiled is kept for those that come after it.
afterAll(() => flushCompileCache());
