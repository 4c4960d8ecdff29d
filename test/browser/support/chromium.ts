import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync, globSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';

export type Chromium = { readonly executablePath: string; readonly env: Readonly<Record<string, string>> };

const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome-stable'];

/** Debian's own where it is installed; else the one that an npm package brings along. */
export async function findChromium(): Promise<Chromium> {
  const asked = process.env.LEEWAY_TEST_CHROMIUM;
  if (asked !== 'npm') {
    const executablePath = [asked, ...INSTALLED].find((path) => path !== undefined && existsSync(path));
    if (executablePath !== undefined) return { executablePath, env: {} };
  }
  const directory = await unpackedPackage();
  return { executablePath: join(directory, 'chromium'), env: libraries(directory) };
}

/** The package's libraries are for machines without their own; over the machine's own they would only do harm. */
function libraries(directory: string): Record<string, string> {
  const hasNss =
    globSync(['/usr/lib/*/libnss3.so', '/usr/lib/libnss3.so', '/usr/lib64/libnss3.so', '/lib/*/libnss3.so'])
      .length > 0;
  return {
    ...(hasNss ? {} : { LD_LIBRARY_PATH: join(directory, 'al2023', 'lib') }),
    ...(existsSync('/etc/fonts/fonts.conf') ? {} : { FONTCONFIG_FILE: join(directory, 'fonts.conf') }),
  };
}

/**
 * The package unpacks into a fixed place and takes a half-written file for a whole one, which several test files
 * starting at once would meet. Here a directory appears complete or not at all.
 */
async function unpackedPackage(): Promise<string> {
  const require = createRequire(import.meta.url);
  const built = require.resolve('@sparticuz/chromium');
  const root = dirname(dirname(built));
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const target = join(tmpdir(), `leeway-chromium-${version}-${process.getuid?.() ?? 0}`);
  if (existsSync(target)) return target;
  const work = await mkdtemp(`${target}-`);
  await pipeline(
    createReadStream(join(root, 'bin/chromium.br')),
    createBrotliDecompress(),
    createWriteStream(join(work, 'chromium')),
  );
  await chmod(join(work, 'chromium'), 0o755);
  await untar(join(root, 'bin/al2023.tar.br'), join(work, 'al2023'));
  await untar(join(root, 'bin/fonts.tar.br'), work);
  // The package's own names the folders of a cloud function.
  await writeFile(
    join(work, 'fonts.conf'),
    `<fontconfig><dir>${target}/fonts</dir><cachedir>${target}/cache</cachedir></fontconfig>`,
  );
  try {
    await rename(work, target);
  } catch {
    // Another test file was faster.
    await rm(work, { recursive: true, force: true });
  }
  return target;
}

async function untar(archive: string, into: string): Promise<void> {
  await mkdir(into, { recursive: true });
  const tar = spawn('tar', ['-x', '-C', into], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = new Promise<void>((resolve, reject) => {
    tar.once('error', reject);
    tar.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`tar ended with ${code}`))));
  });
  await pipeline(createReadStream(archive), createBrotliDecompress(), tar.stdin);
  await ended;
}
