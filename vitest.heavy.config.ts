import { mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** Suites at full size: properties over thousands of calls, killed processes, full disks. CI runs them beside `npm test`. */
const config = mergeConfig(base, { test: { testTimeout: 600_000, hookTimeout: 600_000 } });
config.test!.projects = undefined;
config.test!.include = ['test/heavy/**/*.test.ts'];

export default config;
