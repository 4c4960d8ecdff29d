// Writes files in every way that matters to the power-loss recorder, says so, and waits to lose its power.
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const [directory = ''] = process.argv.slice(2);
const at = (name: string): string => join(directory, name);

function write(name: string, text: string, sync: 'fsync' | 'fdatasync' | 'none', flags = 'a'): string {
  const file = openSync(at(name), flags);
  writeSync(file, text);
  const failed = attempt(() => {
    if (sync === 'fsync') fsyncSync(file);
    if (sync === 'fdatasync') fdatasyncSync(file);
  });
  closeSync(file);
  return failed;
}
function attempt(work: () => void): string {
  try {
    work();
    return 'done';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

mkdirSync(at('part.tmp'));
write('synced', 'all of it', 'fsync');
write('grown', 'synced,', 'fdatasync');
write('grown', ' and not', 'none');
write('never', 'nothing of it', 'none');
write('part.tmp/column', 'renamed with its directory', 'fsync');
renameSync(at('part.tmp'), at('part'));
write('new', 'the new content', 'fsync');
write('replaced', 'the old content', 'fsync');
renameSync(at('new'), at('replaced'));
write('gone', 'removed', 'fsync');
rmSync(at('gone'));
// Very likely the inode of the one before: what was synced of that one is none of its.
write('after', 'not synced', 'none');
write('name', 'two names', 'fsync');
linkSync(at('name'), at('other'));
write('cut', 'a long content', 'fsync');
writeFileSync(at('cut'), 'short');
write('eio-file', 'before,', 'fdatasync');
const failed = write('eio-file', ' lost,', 'fdatasync');
const next = write('eio-file', ' after', 'fdatasync');
process.stdout.write(`${JSON.stringify({ failed, next })}\n`);
// The power may go here, at a sync: nobody hears of it.
for (let count = 0; ; count += 1) {
  write('counter', `${count}\n`, 'fsync', 'w');
  process.stdout.write(`${count}\n`);
}
