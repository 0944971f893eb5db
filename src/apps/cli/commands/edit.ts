/** `imagen edit` and `imagen continue`: a picture that is there becomes another one. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ManagerRequest } from '../../../index.ts';
import type { ArtifactSummary, Store } from '../../../store/index.ts';
import { findArtifact } from '../../shared/artifacts.ts';
import { type AppContext, openApp } from '../../shared/open-app.ts';
import type { Commands } from '../commands.ts';
import type { CommandContext } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import {
  addRequestOptions,
  type RequestOptions,
  readDeadline,
  readPicture,
  readPrompt,
  readRequest,
} from '../flags/request-flags.ts';
import { generateImages, type RunOptions } from '../generate-images.ts';
import { UsageError } from '../usage-error.ts';
import { addDrawOptions } from './generate.ts';

interface EditOptions extends RequestOptions, RunOptions {}

export function addEdit({ program, action }: Commands): void {
  const command = program
    .command('edit')
    .description('change a picture by words, or by an operation that needs none')
    .argument('<picture>', 'a file, an https link, or a kept picture: its id, the beginning of it, or last')
    .argument(
      '[prompt...]',
      'what to change; - reads it from standard input; none for e.g. --operation remove-background',
    );
  addDrawOptions(addRequestOptions(command)).action(action(edit));
}

export function addContinue({ program, action }: Commands): void {
  const command = program
    .command('continue')
    .description('change a kept picture by words, at the provider and with the model that drew it')
    .argument('<id>', 'of a kept picture, the beginning of it, or last')
    .argument('<prompt...>', 'what to change; - reads it from standard input');
  addDrawOptions(addRequestOptions(command)).action(action(goOn));
}

async function edit(
  picture: string,
  words: readonly string[],
  options: EditOptions,
  context: CommandContext,
): Promise<Exit> {
  const needsWords = options.operation === undefined || words.length > 0;
  const prompt = needsWords ? await readPrompt(words, context) : undefined;
  await using bench = await openApp(options, context);
  const { bytes, id } = await pictureOf(picture, bench, context);
  const { inputImages = [], ...request } = await readRequest(prompt, options, context);
  const parents = id === undefined ? {} : { parents: [id] };
  const wanted = { ...request, ...parents, inputImages: [bytes, ...inputImages] } as ManagerRequest;
  return await generateImages({ request: wanted, options, deadlineMs: readDeadline(options) }, bench, context);
}

async function goOn(
  picture: string,
  words: readonly string[],
  options: EditOptions,
  context: CommandContext,
): Promise<Exit> {
  const prompt = await readPrompt(words, context);
  await using bench = await openApp(options, context);
  const store = bench.needStore();
  const { id, provider, model } = await latestOr(picture, store);
  const bytes = await store.open(id);
  const { inputImages = [], ...asked } = await readRequest(prompt, options, context);
  // The model that drew it is one of its own provider's.
  const own = options.provider === undefined || options.provider === provider ? { provider, model } : {};
  const request = { ...own, ...asked, parents: [id], inputImages: [bytes, ...inputImages] } as ManagerRequest;
  return await generateImages({ request, options, deadlineMs: readDeadline(options) }, bench, context);
}

/** A file first: what lies there is what a person sees. */
async function pictureOf(
  name: string,
  { store }: AppContext,
  { cwd }: CommandContext,
): Promise<{ readonly bytes: Uint8Array | string; readonly id?: string }> {
  const isFile = /^https:/i.test(name) || existsSync(resolve(cwd, name));
  if (isFile || !store || !/^(?:[\w-]{4,64}|last)$/.test(name))
    return { bytes: await readPicture('picture', name, cwd) };
  const { id } = await latestOr(name, store);
  return { bytes: await store.open(id), id };
}

async function latestOr(name: string, store: Store): Promise<ArtifactSummary> {
  if (name !== 'last') return findArtifact(store, name);
  const [latest] = await store.search({ limit: 1 });
  if (latest) return latest;
  throw new UsageError('there is no picture in the store yet', 'imagen generate draws one.');
}
