import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/**
 * Import this before what is to be kept: a third of a start is stripping types and compiling. The place is the
 * program's own, where only its owner writes; where nobody may write, nothing is kept and nothing fails.
 * NODE_COMPILE_CACHE names another place.
 */
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/leeway'));
