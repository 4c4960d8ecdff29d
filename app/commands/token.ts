import { parseArgs } from 'node:util';
import { createdToken, tokenList } from '../../api/contract/tokens.ts';
import { askLeeway } from './client.ts';

const USAGE = `leeway token create NAME [--scope ingest] [--rate 1000] [--burst 10000] [--json]
leeway token ls [--json]
leeway token revoke ID

A rate is records a second in the long run, a burst what may come at once after a pause (left out: ten seconds of the rate).
Without a rate the configuration's ingest.quota holds. The token's text is printed once and never again.

  leeway token create checkout --scope ingest --rate 500
  leeway token create dashboards --scope read

Exit codes: 0 done · 2 a wrong call · 3 no such token · 4 refused · 7 not reachable
`;

/** `leeway token …`: the tokens of the project that LEEWAY_TOKEN belongs to. */
export async function token(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      scope: { type: 'string', multiple: true, default: ['ingest'] },
      rate: { type: 'string' },
      burst: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [what, name, ...rest] = positionals;
  if (values.help) return say(process.stdout, USAGE, 0);
  if (rest.length > 0) return say(process.stderr, USAGE, 2);
  if (what === 'ls' && name === undefined) return list(values.json);
  if (what === 'revoke' && name !== undefined) return revoke(name);
  const [rate, burst] = [wholeNumber(values.rate), wholeNumber(values.burst)];
  const isRated = rate !== 'wrong' && burst !== 'wrong' && (rate !== undefined || burst === undefined);
  if (what !== 'create' || name === undefined || !isRated) return say(process.stderr, USAGE, 2);
  const quota = rate === undefined ? {} : { quota: { recordsPerSecond: rate, burst } };
  return create({ name, scopes: values.scope, ...quota }, values.json);
}

function wholeNumber(text: string | undefined): number | undefined | 'wrong' {
  if (text === undefined) return undefined;
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 'wrong';
}

async function create(body: object, json: boolean): Promise<number> {
  const answer = await askLeeway('POST', '/tokens', process.env, body);
  if (answer.kind === 'refused') return say(process.stderr, `${answer.sentence}\n`, answer.code);
  const made = createdToken.parse(answer.body);
  if (json) return say(process.stdout, `${JSON.stringify({ schemaVersion: 1, ...made })}\n`, 0);
  process.stderr.write('Keep it well: it is not shown again.\n');
  return say(process.stdout, `${made.token}\n`, 0);
}

async function list(json: boolean): Promise<number> {
  const answer = await askLeeway('GET', '/tokens', process.env);
  if (answer.kind === 'refused') return say(process.stderr, `${answer.sentence}\n`, answer.code);
  const { rows } = tokenList.parse(answer.body);
  if (json) return say(process.stdout, `${JSON.stringify({ schemaVersion: 1, rows })}\n`, 0);
  const lines = rows.map(({ id, name, scopes, quota, revokedAt }) => {
    const rate = quota === null ? '' : `  ${quota.recordsPerSecond}/s, burst ${quota.burst}`;
    return `${id}  ${name}  ${scopes.join(',')}${rate}${revokedAt === null ? '' : `  revoked ${revokedAt}`}\n`;
  });
  return say(process.stdout, lines.join(''), 0);
}

async function revoke(id: string): Promise<number> {
  const answer = await askLeeway('DELETE', `/tokens/${encodeURIComponent(id)}`, process.env);
  if (answer.kind === 'refused') return say(process.stderr, `${answer.sentence}\n`, answer.code);
  return say(process.stdout, `revoked ${id}; collectors know within ten seconds\n`, 0);
}

function say(stream: NodeJS.WriteStream, text: string, code: number): number {
  stream.write(text);
  return code;
}
