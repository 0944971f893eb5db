/** All that is wrong with a configuration, as data. */
import type { Config } from './config.ts';
import { faultsIn } from './file/faults.ts';
import { type LoadOptions, loadConfig } from './load-config.ts';

/** Both count from 1. */
export interface ConfigFault {
  readonly line: number;
  readonly column: number;
  /** Never shows a value of the file: it could be a key. */
  readonly message: string;
  readonly hint?: string;
}

export type ConfigCheck =
  | { readonly isSound: true; readonly config: Config }
  /** In the order of the file; every one of the first kind that was found: what cannot be read is not looked into. */
  | { readonly isSound: false; readonly path: string; readonly faults: readonly [ConfigFault, ...ConfigFault[]] };

/** Finds and reads as `loadConfig` does. @throws AiImageError `not_configured`: the file must not or cannot be read */
export async function checkConfig(options: LoadOptions = {}): Promise<ConfigCheck> {
  try {
    return { isSound: true, config: await loadConfig(options) };
  } catch (error) {
    const found = faultsIn(error);
    if (found === undefined) throw error;
    const faults = found.faults.map(
      ({ place, what, hint }): ConfigFault => ({ ...place, message: what, ...(hint !== undefined && { hint }) }),
    );
    // An error of the configuration has at least one.
    return { isSound: false, path: found.file, faults: faults as [ConfigFault, ...ConfigFault[]] };
  }
}
