#!/usr/bin/env node
import '../store/thread-pool.ts';
import './compile-cache.ts';
import { parseArgs } from 'node:util';
import { Failure } from '../model/failure.ts';
import type { Config } from './config/schema.ts';
import { DocumentsInvalid } from './documents-invalid.ts';

const HELP = `leeway: watches decisions that machines and people make together

  leeway up [--config FILE]         start (also: npm start)
  leeway demo                       start with real flights, months in minutes (also: npm run demo)
  leeway validate FILE...           check documents; all mistakes at once
  leeway apply FILE... [--dry-run]  send documents to a running Leeway (LEEWAY_URL, LEEWAY_TOKEN)
  leeway compare REFERENCE CURRENT  what moved between two files; no server needed ([--html FILE] [--json | --md])
  leeway drift selftest --reference FILE   which changes of your own data would be found, and how soon
  leeway reference list|load|accept|retire   what windows are compared with: files, stretches, versions of both
  leeway monitors suggest --system NAME   monitors to start with, from what was seen
  leeway profile backfill --system NAME --from TIME --to TIME   make profiles again from decisions
  leeway contract import FILE --system NAME   a Contract from JSON Schema or ODCS; infer: from what was seen
  leeway contract replay NAME [--dry-run]   what broke a promise, held against the mended contract
  leeway token create|ls|revoke    who may send, look or operate; a rate for each ([--scope ingest] [--rate N] [--burst N])
  leeway decision ID [--json]       one decision: from what it was made, and what came of it
  leeway explain --system NAME --where SIDE --baseline SIDE   what moved, since when, where and why
  leeway gen types FILE...          types for leeway/sdk from System and Contract documents ([--out FILE])
  leeway help

Exit codes: 0 done · 1 failed · 2 the call or the configuration is wrong · 3 not found · 4 refused · 6 a limit is exceeded ·
7 not reachable · 75 the data directory is in use by another Leeway
`;

/** What a process manager should read as "try again later" (sysexits.h, EX_TEMPFAIL). */
const EXIT_IN_USE = 75;

type Command = (argv: string[]) => number | Promise<number>;

/** Commands with options of their own; the others share theirs. Each is loaded when it is called: most need no store. */
const OWN_OPTIONS = new Map<string, () => Promise<Command>>([
  ['compare', async () => (await import('./commands/compare.ts')).compare],
  ['contract', async () => (await import('./commands/contract.ts')).contract],
  ['decision', async () => (await import('./commands/decision.ts')).decision],
  ['drift', async () => (await import('./commands/drift.ts')).drift],
  ['explain', async () => (await import('./commands/explain.ts')).explain],
  ['gen', async () => (await import('./commands/gen.ts')).gen],
  ['monitors', async () => (await import('./commands/monitors.ts')).monitors],
  ['profile', async () => (await import('./commands/profile.ts')).profile],
  ['reference', async () => (await import('./commands/reference.ts')).reference],
  ['token', async () => (await import('./commands/token.ts')).token],
]);

async function run(argv: string[]): Promise<number> {
  const own = OWN_OPTIONS.get(argv[0] ?? '');
  if (own !== undefined) return (await own())(argv.slice(1));
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      config: { type: 'string' },
      'dry-run': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [command = 'help', ...rest] = positionals;
  if (values.help || command === 'help') return say(HELP, 0);
  if ((command === 'validate' || command === 'apply') && rest.length > 0) {
    const { apply, validate } = await import('./commands/documents.ts');
    return command === 'validate' ? validate(rest) : apply(rest, values['dry-run'] ?? false, process.env);
  }
  if (command === 'up') return withConfig(values.config, (await import('./commands/up.ts')).up);
  if (command === 'demo') return withConfig(values.config, (await import('./commands/demo.ts')).demo);
  return complain(`"leeway ${argv.join(' ')}" is not a call that Leeway knows.\n\n${HELP}`, 2);
}

async function withConfig(
  file: string | undefined,
  command: (config: Config, environment: NodeJS.ProcessEnv) => Promise<number>,
): Promise<number> {
  const { formatProblems, loadConfig } = await import('./config/load.ts');
  const loaded = loadConfig(file, process.env);
  if (loaded.kind === 'invalid') return complain(formatProblems(loaded.problems), 2);
  return command(loaded.config, process.env);
}

function say(text: string, code: number): number {
  process.stdout.write(text);
  return code;
}
function complain(text: string, code: number): number {
  process.stderr.write(text);
  return code;
}

function failed(error: unknown): number {
  if (error instanceof DocumentsInvalid) return complain(error.message, 2);
  if (error instanceof Failure)
    return complain(`${error.message}\n`, error.reason === 'data_directory_in_use' ? EXIT_IN_USE : 1);
  if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
    return complain(`${error.message}\n\n${HELP}`, 2);
  }
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return complain(
      `${error.message}: another program listens there. Set listen.webPort and listen.ingestPort.\n`,
      1,
    );
  }
  return complain(`${error instanceof Error ? error.stack : String(error)}\n`, 1);
}

// The engine keeps threads of its own: the process ends when its work is done, not when they are.
process.exit(await run(process.argv.slice(2)).catch(failed));
