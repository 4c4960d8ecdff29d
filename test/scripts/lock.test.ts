import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Lock, missingPlatformPackages } from '../../scripts/platform-packages.ts';

describe('package-lock.json', () => {
  it('lists every optional platform package, so that npm ci works on every platform', () => {
    const lock: Lock = JSON.parse(readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8'));
    expect(Object.keys(missingPlatformPackages(lock))).toEqual([]);
  });

  it('would notice one that is missing', () => {
    const lock: Lock = {
      packages: {
        'node_modules/engine': { optionalDependencies: { '@engine/darwin-arm64': '1.2.3', tool: '^1.0.0' } },
      },
    };
    expect(missingPlatformPackages(lock)).toEqual({
      'node_modules/@engine/darwin-arm64': {
        version: '1.2.3',
        optional: true,
        os: ['darwin'],
        cpu: ['arm64'],
      },
    });
  });
});
