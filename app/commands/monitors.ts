import { parseArgs } from 'node:util';
import { z } from 'zod';
import { askLeeway } from './client.ts';

const USAGE = `leeway monitors suggest --system NAME [--from now-28d] [--to now]

Monitors to start with, from what a running Leeway has seen, as YAML to standard output; why they are so, to standard
error. Look through them, then \`leeway apply\` them.

Exit codes: 0 done · 2 a wrong call · 3 too few decisions to suggest anything · 4 the token may not · 7 no Leeway answers
`;

const suggestion = z.object({ yaml: z.string(), monitors: z.number(), reasons: z.array(z.string()) });

/** `leeway monitors suggest …`, by a running Leeway. */
export async function monitors(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      system: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const { system, from, to, help } = values;
  if (help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (positionals.join(' ') !== 'suggest' || system === undefined) return complain(USAGE, 2);
  const query = new URLSearchParams({
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  });
  const path = `/systems/${encodeURIComponent(system)}/monitors/suggestion?${query}`;
  const answer = await askLeeway('GET', path, process.env);
  if (answer.kind === 'refused') return complain(`${answer.sentence}\n`, answer.code);
  const found = suggestion.parse(answer.body);
  process.stdout.write(found.yaml);
  for (const reason of found.reasons) process.stderr.write(`${reason}\n`);
  return found.monitors > 0 ? 0 : 3;
}

function complain(text: string, code: number): number {
  process.stderr.write(text);
  return code;
}
