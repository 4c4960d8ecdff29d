import { describe } from 'vitest';
import { decodeInThreads } from './support.ts';

decodeInThreads();
/** What holds of the collector's doors holds of them when threads do the decoding. */
describe('decoded in threads', async () => {
  await import('./bad-input.test.ts');
  await import('./compression.test.ts');
});
