import { tmpdir } from 'node:os';
import { mergeConfig } from 'vitest/config';
import { FULL_SIZE } from './test/support/full-size.ts';
import base from './vitest.config.ts';

/** Files of the quick suite that run less there: fewer runs of their properties, fewer databases, fewer cases. */
const SHORTENED = [
  'test/apps/cli/endings-process.test.ts',
  'test/apps/cli/text-input.test.ts',
  'test/provenance/c2pa.test.ts',
  'test/provenance/read-mark.test.ts',
  'test/providers/kit/image/inspect-image.test.ts',
  'test/providers/kit/image/orientation.test.ts',
  'test/providers/kit/image/png.test.ts',
  'test/providers/kit/image/trailing-data.test.ts',
  'test/providers/kit/schema/read-tolerantly.test.ts',
  'test/providers/stub/image/codec.test.ts',
  'test/providers/stub/image/render-image.test.ts',
  'test/queue/pg-boss.test.ts',
  'test/store/artifacts/file-naming.test.ts',
  'test/store/artifacts/png-pixels.test.ts',
  'test/testing/image-sketch.test.ts',
  'test/transport/body/events.test.ts',
  'test/transport/body/json-scanner.test.ts',
  'test/usage/usage-processes.test.ts',
];

// These suites write to the disk; the quick suite prefers memory.
process.env.TMPDIR ??= tmpdir();

/** Suites at full size: properties over thousands of calls, killed processes, full disks. CI runs them beside `npm test`. */
const config = mergeConfig(base, { test: { testTimeout: 600_000, hookTimeout: 600_000 } });
config.test!.projects = undefined;
config.test!.include = ['test/heavy/**/*.test.ts', ...SHORTENED];
config.test!.env = { [FULL_SIZE]: '1' };

export default config;
