/** Reads the prompt and the input images of a request. */
import { resolve } from 'node:path';
import type { CommandContext } from '../context.ts';
import { UsageError } from '../usage-error.ts';
import { readFileBytes } from './read-file.ts';

const MAX_PROMPT_BYTES = 100_000;
const MAX_INPUT_BYTES = 64_000_000;

/** Joins the words of the command line. A single `-` reads standard input. @throws UsageError for an empty prompt */
export async function readPrompt(
  words: readonly string[],
  { readInput }: Pick<CommandContext, 'readInput'>,
): Promise<string> {
  const isStdin = words.length === 1 && words[0] === '-';
  const prompt = (isStdin ? await readInput(MAX_PROMPT_BYTES) : words.join(' ')).trim();
  if (prompt !== '') return prompt;
  throw new UsageError('the prompt is empty', 'Describe the image, for example: "a red fox in the snow"');
}

/** @param what as typed, e.g. `--input` @returns the bytes of a file; an https link stays a link and is fetched later */
export async function readImage(what: string, name: string, cwd: string): Promise<Uint8Array | string> {
  if (/^https:\/\//i.test(name)) return name;
  const path = resolve(cwd, name);
  const toError = (why: string, hint: string) => new UsageError(`${what} ${name}: ${why}`, hint);
  const bytes = await readFileBytes(path, { maxBytes: MAX_INPUT_BYTES, toError });
  if (bytes.length === 0) throw toError('the file is empty', 'Use a PNG, JPEG or WebP file.');
  return bytes;
}
