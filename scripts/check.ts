// Types, lint, import rules and unused code, two at a time: npm run check. What each says is printed when it is through.
import { spawn } from 'node:child_process';

/** Scripts of package.json. The longest come first, so that the last to end is a short one. */
const waiting = ['types:code', 'types:dashboard', 'lint', 'boundaries', 'unused'];
const LANES = 2;

const run = (script: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '-s', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => said.push(part));
    child.once('error', reject);
    child.once('close', (code) => {
      process.stdout.write(`${script}: ${code === 0 ? 'ok' : `failed (${code})`}\n${Buffer.concat(said)}`);
      resolve(code === 0);
    });
  });

async function lane(): Promise<boolean> {
  let isWell = true;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
    isWell = (await run(next)) && isWell;
  return isWell;
}

const lanes = await Promise.all(Array.from({ length: LANES }, lane));
process.exitCode = lanes.every((isWell) => isWell) ? 0 : 1;
