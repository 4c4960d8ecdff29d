import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const brotli = promisify(brotliCompress);
const gz = promisify(gzip);

/** Built files by their path in the URL. What is not in the map cannot be served: no path of a request ever reaches the disk. */
export type StaticFiles = {
  /** `sha256-…` of each inline script of index.html, for the Content-Security-Policy. */
  readonly scriptHashes: readonly string[];
  /** undefined: not one of our files, and not a page of the dashboard either. */
  answer(request: Request): Promise<Response | undefined>;
};

type Asset = {
  readonly bytes: Buffer;
  readonly type: string;
  readonly etag: string;
  /** Vite names it by its content, so it never changes. */
  readonly immutable: boolean;
  readonly encoded: Map<'br' | 'gzip', Promise<Buffer>>;
};

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
const COMPRESSIBLE = /^(text\/|application\/(json|manifest)|image\/svg)/;
/** Below this a compressed body with its header is no smaller. */
const COMPRESS_FROM_BYTES = 1_024;
const BROTLI_QUALITY = 9;
const NEVER_A_PAGE = /^\/(api|ofrep|assets)(\/|$)/;
const NOT_BUILT =
  '<!doctype html><title>Leeway</title><p>The dashboard is not built yet. Run <code>npm run build</code>, then restart.';

export async function loadStatic(directory: string): Promise<StaticFiles> {
  const assets = new Map<string, Asset>();
  for (const file of await filesUnder(directory)) {
    const type = TYPES[extname(file)];
    // Source maps and strays of a build are not for the world.
    if (type === undefined) continue;
    const path = `/${relative(directory, file).split(sep).join('/')}`;
    assets.set(path, toAsset(await readFile(file), type, path));
  }
  const index = assets.get('/index.html') ?? toAsset(Buffer.from(NOT_BUILT), 'text/html; charset=utf-8', '/');
  assets.set('/', index);
  return {
    scriptHashes: inlineScriptHashes(index.bytes.toString()),
    async answer(request) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
      const { pathname } = new URL(request.url);
      const asset = assets.get(pathname) ?? (isPage(pathname, request) ? index : undefined);
      return asset === undefined ? undefined : serve(asset, request);
    },
  };
}

/** A page is what a browser navigates to; its path may hold dots and slashes of ids, so the path cannot tell. */
const isPage = (pathname: string, request: Request): boolean =>
  !NEVER_A_PAGE.test(pathname) && (request.headers.get('accept') ?? '').includes('text/html');

async function serve(asset: Asset, request: Request): Promise<Response> {
  const headers = new Headers({
    'Content-Type': asset.type,
    ETag: asset.etag,
    Vary: 'Accept-Encoding',
    'Cache-Control': asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  if (request.headers.get('if-none-match')?.includes(asset.etag)) {
    return new Response(null, { status: 304, headers });
  }
  const encoding = pickEncoding(asset, request.headers.get('accept-encoding') ?? '');
  if (encoding !== undefined) headers.set('Content-Encoding', encoding);
  const bytes = encoding === undefined ? asset.bytes : await encode(asset, encoding);
  headers.set('Content-Length', String(bytes.byteLength));
  return new Response(request.method === 'HEAD' ? null : new Uint8Array(bytes), { headers });
}

function pickEncoding(asset: Asset, accepted: string): 'br' | 'gzip' | undefined {
  if (asset.bytes.byteLength < COMPRESS_FROM_BYTES || !COMPRESSIBLE.test(asset.type)) return undefined;
  const names = accepted.split(',').filter((part) => !/;\s*q=0(\.0*)?\s*$/.test(part));
  const takes = (name: string) => names.some((part) => part.split(';')[0]?.trim() === name);
  if (takes('br')) return 'br';
  return takes('gzip') ? 'gzip' : undefined;
}

/** Compressed once, when first asked for. */
function encode(asset: Asset, encoding: 'br' | 'gzip'): Promise<Buffer> {
  const known = asset.encoded.get(encoding);
  if (known !== undefined) return known;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } };
  const made = encoding === 'br' ? brotli(asset.bytes, quality) : gz(asset.bytes);
  asset.encoded.set(encoding, made);
  return made;
}

function toAsset(bytes: Buffer, type: string, path: string): Asset {
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  return { bytes, type, etag, immutable: path.startsWith('/assets/'), encoded: new Map() };
}

/** Exactly the text between the tags, as CSP level 3 hashes it. */
export function inlineScriptHashes(html: string): string[] {
  return [...html.matchAll(/<script(?![^>]*\ssrc\s*=)[^>]*>([\s\S]*?)<\/script>/gi)].map(
    ([, body = '']) => `sha256-${createHash('sha256').update(body).digest('base64')}`,
  );
}

async function filesUnder(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
