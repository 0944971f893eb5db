/** `imagen generate`: generates images from a prompt, or one set for each variation. */
import { resolve } from 'node:path';
import { concludeRows, generateRows } from '../batch/batch-runner.ts';
import type { GenerateRow } from '../batch/check-rows.ts';
import type { CommandContext, CommandSetup } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { addConcurrencyOption, addOutputOptions, readConcurrency } from '../flags/output-flags.ts';
import { readTextFile } from '../flags/read-file.ts';
import { readPrompt } from '../flags/read-inputs.ts';
import { repeatable } from '../flags/repeatable.ts';
import { addRequestOptions, type RequestOptions, readDeadline, readRequest } from '../flags/request-flags.ts';
import { generateImages, type RunOptions } from '../generate-images.ts';
import { openCommandApp } from '../open-command-app.ts';
import { UsageError } from '../usage-error.ts';

interface GenerateOptions extends RequestOptions, RunOptions {
  readonly variation?: readonly string[];
  readonly variations?: string;
  readonly concurrency?: string;
}

export function addGenerate({ command, action }: CommandSetup): void {
  command
    .argument('<prompt...>', 'what to generate; - reads standard input')
    .option('--variation <text>', 'text that replaces {{variation}} in the prompt; may be repeated', repeatable)
    .option('--variations <file>', 'file with one variation per line');
  addConcurrencyOption(addOutputOptions(addRequestOptions(command))).action(action(generate));
}

async function generate(words: readonly string[], options: GenerateOptions, context: CommandContext): Promise<Exit> {
  const prompt = await readPrompt(words, context);
  const variations = await readVariations(options, context);
  const deadlineMs = readDeadline(options);
  const concurrency = readConcurrency(options);
  if (options.concurrency !== undefined && variations === undefined) {
    throw new UsageError('--concurrency needs variations', 'Add --variation, or leave out --concurrency.');
  }
  const request = await readRequest(prompt, options, context);
  await using app = await openCommandApp(options, context);
  const placeholder = '{{variation}}';
  const hasPlaceholder = prompt.includes(placeholder);
  if (variations === undefined && hasPlaceholder) {
    throw new UsageError(
      `the prompt has ${placeholder}, and there is no variation to replace it`,
      'Add one, for example: --variation red',
    );
  }
  if (variations === undefined) return await generateImages({ request, options, deadlineMs }, app, context);
  if (!hasPlaceholder) {
    throw new UsageError(
      `the prompt has no ${placeholder}`,
      `Add it, for example: imagen generate "a ${placeholder} fox" --variation red`,
    );
  }
  const rows = variations.map((variation): GenerateRow => {
    // The file name is made from the final prompt.
    const load = async () => ({ ...request, prompt: prompt.replaceAll(placeholder, () => variation) });
    return { label: variation.slice(0, 40), provider: request.provider, fingerprint: variation, load };
  });
  const isJson = options.json === true;
  const settings = { options, deadlineMs, concurrency, isJson };
  const ends = await generateRows(rows, settings, app, context);
  return options.plan ? 'done' : concludeRows(rows, ends, isJson, context);
}

const MAX_VARIATIONS = 10_000;
const MAX_VARIATIONS_BYTES = 50_000_000;

/** @returns `undefined` without variations */
async function readVariations(
  { variation = [], variations }: GenerateOptions,
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
