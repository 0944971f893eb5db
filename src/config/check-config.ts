/** Checks a configuration file and returns its problems as data. */
import type { Config } from './config.ts';
import { problemsOf } from './file/config-error.ts';
import { type LoadOptions, loadConfig } from './load-config.ts';

/** `line` and `column` count from 1. */
export interface ConfigProblem {
  readonly line: number;
  readonly column: number;
  /** Never contains a value from the file: it could be a key. */
  readonly message: string;
  readonly hint?: string;
}

export type ConfigCheck =
  | { readonly isValid: true; readonly config: Config }
  /** All problems of the first stage that failed (YAML, schema, settings), in file order. Later stages are not checked. */
  | { readonly isValid: false; readonly path: string; readonly problems: readonly [ConfigProblem, ...ConfigProblem[]] };

/** Finds and reads the file as `loadConfig` does. @throws AiImageError `not_configured`: the file is not allowed; `storage_failed`: it cannot be read */
export async function checkConfig(options: LoadOptions = {}): Promise<ConfigCheck> {
  try {
    return { isValid: true, config: await loadConfig(options) };
  } catch (error) {
    const found = problemsOf(error);
    if (found === undefined) throw error;
    const problems = found.problems.map(
      ({ position, message, hint }): ConfigProblem => ({ ...position, message, ...(hint !== undefined && { hint }) }),
    );
    // A configuration error always has at least one problem.
    return { isValid: false, path: found.file, problems: problems as [ConfigProblem, ...ConfigProblem[]] };
  }
}
