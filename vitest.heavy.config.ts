import { tmpdir } from 'node:os';
import { mergeConfig } from 'vitest/config';
import { FULL_SIZE } from './test/support/full-size.ts';
import base from './vitest.config.ts';

/** Files of the quick suite whose properties take fewer runs there. */
const PROPERTIES = [
  'test/provenance/c2pa.test.ts',
  'test/provenance/read-mark.test.ts',
  'test/store/artifacts/png-pixels.test.ts',
];

// These suites write to the disk; the quick suite prefers memory.
process.env.TMPDIR ??= tmpdir();

/** Suites at full size: properties over thousands of calls, killed processes, full disks. CI runs them beside `npm test`. */
const config = mergeConfig(base, { test: { testTimeout: 600_000, hookTimeout: 600_000 } });
config.test!.projects = undefined;
config.test!.include = ['test/heavy/**/*.test.ts', ...PROPERTIES];
config.test!.env = { [FULL_SIZE]: '1' };

export default config;
