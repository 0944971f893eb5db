/** `imagen generate`: a prompt becomes files; with variations, each of them does. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { openApp } from '../../shared/open-app.ts';
import { concludeSeries, drawSeries, type SeriesRow } from '../batch/batch-runner.ts';
import type { Commands } from '../commands.ts';
import type { CommandContext } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { readTextOf } from '../flags/read-file.ts';
import {
  addRequestOptions,
  all,
  type RequestOptions,
  readDeadline,
  readPrompt,
  readRequest,
  readWhole,
} from '../flags/request-flags.ts';
import { generateImages, type RunOptions } from '../generate-images.ts';
import { UsageError } from '../usage-error.ts';

interface GenerateOptions extends RequestOptions, RunOptions {
  readonly variation?: readonly string[];
  readonly variations?: string;
  readonly concurrency?: string;
}

export function addGenerate({ program, action }: Commands): void {
  const command = program
    .command('generate')
    .description('make one or more images from a prompt; their paths are printed on standard output')
    .argument('<prompt...>', 'what to draw; - reads it from standard input')
    .option('--variation <text>', 'stands in the place of {{variation}} in the prompt; may be repeated', all)
    .option('--variations <file>', 'the same from a file, one on each line');
  addConcurrency(addDrawOptions(addRequestOptions(command))).action(action(generate));
}

/** Where pictures go and what is shown. */
export function addDrawOptions(command: Command): Command {
  return command
    .option(
      '-o, --out <path>',
      'file or directory, or - for standard output; nothing is ever overwritten (default: a name made of the prompt)',
    )
    .option('--plan', 'shows what would be sent and what it would cost; no call is made')
    .option('--preview', 'shows the picture in the terminal')
    .option('--open', 'opens the picture in its program');
}

const USUAL_CONCURRENCY = 4;

export function addConcurrency(command: Command): Command {
  return command.option('--concurrency <count>', `how many are drawn at once (default: ${USUAL_CONCURRENCY})`);
}

export function readConcurrency({ concurrency }: { readonly concurrency?: string }): number {
  return readWhole('--concurrency', concurrency, 1, 64) ?? USUAL_CONCURRENCY;
}

async function generate(words: readonly string[], options: GenerateOptions, context: CommandContext): Promise<Exit> {
  const prompt = await readPrompt(words, context);
  const variations = await readVariations(options, context);
  const deadlineMs = readDeadline(options);
  const concurrency = readConcurrency(options);
  if (options.concurrency !== undefined && variations === undefined) {
    throw new UsageError('--concurrency is for several rows', 'Add --variation, or leave it out.');
  }
  const request = await readRequest(prompt, options, context);
  await using bench = await openApp(options, context);
  if (variations === undefined) return await generateImages({ request, options, deadlineMs }, bench, context);
  const place = '{{variation}}';
  if (!prompt.includes(place)) {
    throw new UsageError(`the prompt has no ${place}`, `For example imagen generate "a ${place} fox" --variation red.`);
  }
  const rows = variations.map((variation): SeriesRow => {
    const own = { ...request, variation };
    // A file is named by what stands in it.
    const load = async () => ({ ...own, prompt: prompt.replaceAll(place, () => variation) });
    return { label: variation.slice(0, 40), provider: request.provider, meaning: variation, load };
  });
  const isJson = options.json === true;
  const settings = { options, deadlineMs, concurrency, isJson };
  const ends = await drawSeries(rows, settings, bench, context);
  return options.plan ? 'done' : concludeSeries(rows, ends, isJson, context);
}

const MOST_VARIATIONS = 10_000;
const MOST_VARIATIONS_BYTES = 50_000_000;

/** @returns `undefined` where there are none */
async function readVariations(
  { variation = [], variations }: GenerateOptions,
  { cwd }: Pick<CommandContext, 'cwd'>,
): Promise<readonly string[] | undefined> {
  const lines = variations === undefined ? [] : await readLines(variations, cwd);
  const all = [...variation, ...lines];
  if (variations !== undefined && all.length === 0)
    throw new UsageError(`${variations} is empty`, 'Write one on each line.');
  if (all.length > MOST_VARIATIONS)
    throw new UsageError(`${all.length} variations`, `At most ${MOST_VARIATIONS} at once.`);
  return all.length === 0 ? undefined : all;
}

async function readLines(name: string, cwd: string): Promise<readonly string[]> {
  const cannot = (why: string) =>
    new UsageError(`--variations ${name}: ${why}`, 'Name a text file with one variation on each line.');
  const text = await readTextOf(resolve(cwd, name), { mostBytes: MOST_VARIATIONS_BYTES, cannot });
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
