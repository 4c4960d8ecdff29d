export type LockEntry = {
  readonly version?: string;
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
};
export type Lock = { readonly packages: Readonly<Record<string, LockEntry>> };

const OS = 'android|darwin|linux|win32|windows|freebsd|openharmony|sunos|aix|netbsd|openbsd|wasm32';
const CPU = 'arm64|x64|arm|ia32|ppc64|s390x|riscv64|loong64|mips64el|wasm32';
const PLATFORM = new RegExp(`(?:^|[-_/])(${OS})(?:[-_](${CPU}))?`);

/**
 * Optional dependencies with an exact version whose entry is not in the lock: platform packages that the registry
 * did not know when the lock was made. `npm ci` refuses a lock without them, and other platforms get no binary.
 */
export function missingPlatformPackages(lock: Lock): Record<string, LockEntry> {
  const missing: Record<string, LockEntry> = {};
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const hoisted = `node_modules/${name}`;
      const isThere = lock.packages[hoisted] ?? lock.packages[`${path}/${hoisted}`];
      const isExact = /^\d/.test(version);
      if (isThere === undefined && isExact)
        missing[hoisted] = { version, optional: true, ...platformOf(name) };
    }
  }
  return missing;
}

function platformOf(name: string): Pick<LockEntry, 'os' | 'cpu'> {
  const match = PLATFORM.exec(name);
  if (!match) return {};
  const [, os, cpu] = match;
  return {
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(os === undefined ? {} : { os: [os === 'windows' ? 'win32' : os] }),
  };
}
