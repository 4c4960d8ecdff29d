// Owns a data directory until it is killed, or says why it may not, as the program does.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Failure } from '../../../model/failure.ts';
import { lockDataDirectory } from '../../../store/data-lock.ts';

/** EX_TEMPFAIL of sysexits.h: try again when the other one is gone. */
const EX_TEMPFAIL = 75;

try {
  lockDataDirectory(process.argv[2] ?? '');
  // A lock that lives only as long as its handle is not collected is none.
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  process.stdout.write('held\n');
  setInterval(() => undefined, 60_000);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stdout.write(`${error.reason}: ${error.message}\n`);
  process.exitCode = EX_TEMPFAIL;
}
