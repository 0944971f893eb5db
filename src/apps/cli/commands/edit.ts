/** `imagen edit` and `imagen continue`: change an existing image. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ManagerRequest } from '../../../index.ts';
import type { ArtifactSummary, Store } from '../../../store/index.ts';
import { findArtifact } from '../../shared/find-artifact.ts';
import type { AppContext } from '../../shared/open-app.ts';
import type { CommandContext, CommandSetup } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { addOutputOptions } from '../flags/output-flags.ts';
import { readImage, readPrompt } from '../flags/read-inputs.ts';
import { addRequestOptions, type RequestOptions, readDeadline, readRequest } from '../flags/request-flags.ts';
import { generateImages, type RunOptions } from '../generate-images.ts';
import { openCommandApp } from '../open-command-app.ts';
import { UsageError } from '../usage-error.ts';

interface EditOptions extends RequestOptions, RunOptions {}

export function addEdit({ command, action }: CommandSetup): void {
  command
    .argument('<image>', 'a file, an https link, or a stored image: its id, the beginning of it, or last')
    .argument('[prompt...]', 'what to change; - reads standard input; optional for e.g. --operation remove-background');
  addOutputOptions(addRequestOptions(command)).action(action(edit));
}

export function addContinue({ command, action }: CommandSetup): void {
  command
    .argument('<id>', 'id of a stored image, the beginning of it, or last')
    .argument('<prompt...>', 'what to change; - reads standard input');
  addOutputOptions(addRequestOptions(command)).action(action(continueImage));
}

async function edit(
  image: string,
  words: readonly string[],
  options: EditOptions,
  context: CommandContext,
): Promise<Exit> {
  const needsPrompt = options.operation === undefined || words.length > 0;
  const prompt = needsPrompt ? await readPrompt(words, context) : undefined;
  await using app = await openCommandApp(options, context);
  const { bytes, id } = await openImage(image, app, context);
  const { inputImages = [], ...fields } = await readRequest(prompt, options, context);
  const parents = id === undefined ? {} : { parents: [id] };
  const request = { ...fields, ...parents, inputImages: [bytes, ...inputImages] } as ManagerRequest;
  return await generateImages({ request, options, deadlineMs: readDeadline(options) }, app, context);
}

async function continueImage(
  image: string,
  words: readonly string[],
  options: EditOptions,
  context: CommandContext,
): Promise<Exit> {
  const prompt = await readPrompt(words, context);
  await using app = await openCommandApp(options, context);
  const store = app.requireStore();
  const { id, provider, model } = await findStoredImage(image, store);
  const bytes = await store.open(id);
  const { inputImages = [], ...fields } = await readRequest(prompt, options, context);
  // The original model exists at its own provider only.
  const original = options.provider === undefined || options.provider === provider ? { provider, model } : {};
  const request = { ...original, ...fields, parents: [id], inputImages: [bytes, ...inputImages] } as ManagerRequest;
  return await generateImages({ request, options, deadlineMs: readDeadline(options) }, app, context);
}

/** A file comes before an id of the same name. */
async function openImage(
  name: string,
  { store }: AppContext,
  { cwd }: CommandContext,
): Promise<{ readonly bytes: Uint8Array | string; readonly id?: string }> {
  const isFile = /^https:/i.test(name) || existsSync(resolve(cwd, name));
  if (isFile || !store || !/^(?:[\w-]{4,64}|last)$/.test(name)) return { bytes: await readImage('image', name, cwd) };
  const { id } = await findStoredImage(name, store);
  return { bytes: await store.open(id), id };
}

async function findStoredImage(name: string, store: Store): Promise<ArtifactSummary> {
  if (name !== 'last') return findArtifact(store, name);
  const [latest] = await store.search({ limit: 1 });
  if (latest) return latest;
  throw new UsageError('the store has no images yet', 'To generate one: imagen generate "a red fox"');
}
