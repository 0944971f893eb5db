/** `imagen generate`: generates images from a prompt, or one set for each variation. */
import { concludeRows, generateRows } from '../batch/batch-runner.ts';
import {
  addVariationOptions,
  readVariations,
  toVariationRows,
  type VariationOptions,
} from '../batch/variation-rows.ts';
import type { CommandContext, CommandSetup } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { addConcurrencyOption, addOutputOptions, readConcurrency } from '../flags/output-flags.ts';
import { readPrompt } from '../flags/read-inputs.ts';
import { addRequestOptions, type RequestOptions, readDeadline, readRequest } from '../flags/request-flags.ts';
import { generateImages, type RunOptions } from '../generate-images.ts';
import { openCommandApp } from '../open-command-app.ts';
import { UsageError } from '../usage-error.ts';

interface GenerateOptions extends RequestOptions, RunOptions, VariationOptions {
  readonly concurrency?: string;
}

export function addGenerate({ command, action }: CommandSetup): void {
  addVariationOptions(command.argument('<prompt...>', 'what to generate; - reads standard input'));
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
  const rows = toVariationRows(request, variations);
  if (rows === undefined) return await generateImages({ request, options, deadlineMs }, app, context);
  const isJson = options.json === true;
  const settings = { options, deadlineMs, concurrency, isJson };
  const ends = await generateRows(rows, settings, app, context);
  return options.plan ? 'done' : concludeRows(rows, ends, isJson, context);
}
