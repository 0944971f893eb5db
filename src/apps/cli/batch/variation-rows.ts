/** One request for each variation of a prompt. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ManagerRequest } from '../../../index.ts';
import type { CommandContext } from '../context.ts';
import { readTextFile } from '../flags/read-file.ts';
import { repeatable } from '../flags/repeatable.ts';
import { UsageError } from '../usage-error.ts';
import type { GenerateRow } from './check-rows.ts';

export interface VariationOptions {
  readonly variation?: readonly string[];
  readonly variations?: string;
}

export function addVariationOptions(command: Command): Command {
  return command
    .option('--variation <text>', 'text that replaces {{variation}} in the prompt; may be repeated', repeatable)
    .option('--variations <file>', 'file with one variation per line');
}

/** What a variation replaces in a prompt. */
export const PLACEHOLDER = '{{variation}}';

/** @returns `undefined` without variations @throws UsageError: the prompt has a placeholder and no variation, or the reverse */
export function toVariationRows(
  request: ManagerRequest,
  variations: readonly string[] | undefined,
): readonly GenerateRow[] | undefined {
  const { prompt = '' } = request;
  const hasPlaceholder = prompt.includes(PLACEHOLDER);
  if (variations === undefined && hasPlaceholder) {
    throw new UsageError(
      `the prompt has ${PLACEHOLDER}, and there is no variation to replace it`,
      'Add one, for example: --variation red',
    );
  }
  if (variations === undefined) return undefined;
  if (!hasPlaceholder) {
    throw new UsageError(
      `the prompt has no ${PLACEHOLDER}`,
      `Add it, for example: "a ${PLACEHOLDER} fox" --variation red`,
    );
  }
  return variations.map((variation): GenerateRow => {
    // The file name is made from the final prompt.
    const load = async () => ({ ...request, prompt: prompt.replaceAll(PLACEHOLDER, () => variation) });
    return { label: variation.slice(0, 40), provider: request.provider, fingerprint: variation, load };
  });
}

const MAX_VARIATIONS = 10_000;
const MAX_VARIATIONS_BYTES = 50_000_000;

/** @returns `undefined` without variations @throws UsageError */
export async function readVariations(
  { variation = [], variations }: VariationOptions,
  { cwd }: Pick<CommandContext, 'cwd'>,
): Promise<readonly string[] | undefined> {
  const lines = variations === undefined ? [] : await readLines(variations, cwd);
  const all = [...variation, ...lines];
  if (variations !== undefined && all.length === 0)
    throw new UsageError(`--variations ${variations} is empty`, 'Write one variation per line.');
  if (all.length > MAX_VARIATIONS)
    throw new UsageError(`${all.length} variations are too many`, `Use at most ${MAX_VARIATIONS}.`);
  return all.length === 0 ? undefined : all;
}

async function readLines(name: string, cwd: string): Promise<readonly string[]> {
  const toError = (why: string, hint: string) => new UsageError(`--variations ${name}: ${why}`, hint);
  const text = await readTextFile(resolve(cwd, name), { maxBytes: MAX_VARIATIONS_BYTES, toError });
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
