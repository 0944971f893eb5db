/** The flags that say what is wanted, on every command that draws. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ManagerRequest } from '../../../index.ts';
import {
  BACKGROUNDS,
  IMAGE_FORMATS,
  OPERATIONS,
  QUALITIES,
  SAFETY_LEVELS,
} from '../../../providers/protocol/vocabulary.ts';
import type { CommandContext } from '../context.ts';
import { UsageError } from '../usage-error.ts';
import { readFileOf } from './read-file.ts';

export interface RequestOptions {
  readonly provider?: string;
  readonly model?: string;
  readonly size?: string;
  readonly aspectRatio?: string;
  readonly format?: string;
  readonly n?: string;
  readonly seed?: string;
  readonly negative?: string;
  readonly style?: string;
  readonly quality?: string;
  readonly background?: string;
  readonly safety?: string;
  readonly input?: readonly string[];
  readonly mask?: string;
  readonly operation?: string;
  readonly option?: readonly string[];
  readonly profile?: string;
  readonly intent?: string;
  readonly project?: string;
  readonly fallback?: string;
  readonly adapt?: boolean;
  readonly deadline?: string;
}

/** What a row of a file may say, by the names of `RequestOptions`. */
export const REQUEST_FLAGS = [
  ...['provider', 'model', 'size', 'aspectRatio', 'format', 'n', 'seed', 'negative', 'style', 'quality', 'background'],
  ...['safety', 'input', 'mask', 'operation', 'option', 'profile', 'intent', 'project', 'fallback', 'adapt'],
] as const satisfies readonly (keyof RequestOptions)[];
/** Those that stand for a list. */
export const REPEATED_FLAGS: readonly string[] = ['input', 'option'];

/** For a flag that may be repeated. */
export const all = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function addRequestOptions(command: Command): Command {
  return command
    .option(
      '--provider <name>',
      'a backend of the configuration, or a provider’s id (default: the one whose key is set)',
    )
    .option('--model <id>', 'the vendor’s model id, or best, light, dummy (default: the provider’s)')
    .option('--size <size>', 'WIDTHxHEIGHT, or square, landscape, portrait (default: the model’s own)')
    .option('--aspect-ratio <ratio>', 'for example 16:9, in the place of a size')
    .option('--format <format>', `one of ${IMAGE_FORMATS.join(', ')} (default: that of --out, else the vendor’s)`)
    .option('--n <count>', 'how many, 1 to 100 (default: 1)')
    .option('--seed <number>', 'repeats a picture, where the model can')
    .option('--negative <text>', 'what is not wanted')
    .option('--style <name>', 'a style of imagen styles, or the vendor’s own')
    .option('--quality <quality>', QUALITIES.join(', '))
    .option('--background <kind>', BACKGROUNDS.join(', '))
    .option('--safety <level>', `how much the vendor refuses: ${SAFETY_LEVELS.join(', ')}`)
    .option('--input <file>', 'a picture to start from, a file or an https link; may be repeated', all)
    .option('--mask <file>', 'a PNG of the size of the first input: white is repainted, black is kept')
    .option('--operation <name>', `with --input: ${OPERATIONS.join(', ')} (default: edit, with a mask inpaint)`)
    .option('--option <key=value>', 'a setting of the vendor’s own; may be repeated', all)
    .option('--profile <name>', 'a profile of the configuration')
    .option('--intent <intent>', 'typography, enterprise, studio or photo: who is asked, where several can')
    .option('--project <name>', 'whose budget it is')
    .option('--fallback <list>', 'who is asked next: provider or provider/model, with commas between')
    .option('--adapt', 'what the model cannot do is changed to the nearest it can, with a note (default: refused)')
    .option('--deadline <seconds>', 'when to give up waiting');
}

/** @throws UsageError before anything is sent */
export async function readRequest(
  prompt: string | undefined,
  options: RequestOptions,
  { cwd }: Pick<CommandContext, 'cwd'>,
): Promise<ManagerRequest> {
  const { format, input, mask, option, intent, project, fallback, adapt } = options;
  const metadata = { ...(intent !== undefined && { intent }), ...(project !== undefined && { costCenter: project }) };
  const request = {
    prompt,
    provider: options.provider,
    model: options.model,
    size: options.size,
    aspectRatio: options.aspectRatio,
    format: format === 'jpg' ? 'jpeg' : format,
    n: readWhole('--n', options.n, 1, 100),
    seed: readWhole('--seed', options.seed, 0, Number.MAX_SAFE_INTEGER),
    negativePrompt: options.negative,
    style: options.style,
    quality: options.quality,
    background: options.background,
    safety: options.safety,
    operation: options.operation,
    inputImages: input && (await Promise.all(input.map((each) => readPicture('--input', each, cwd)))),
    mask: mask === undefined ? undefined : await readPicture('--mask', mask, cwd),
    options: option && readOptions(option),
    profile: options.profile,
    metadata: Object.keys(metadata).length > 0 ? metadata : undefined,
    fallback: fallback === undefined ? undefined : fallback.split(',').map((each) => each.trim()),
    onUnsupported: adapt ? 'adapt' : undefined,
  };
  // Every field is checked against its schema before anything is sent.
  return definedOnly(request) as unknown as ManagerRequest;
}

/** @returns milliseconds */
export function readDeadline({ deadline }: RequestOptions): number | undefined {
  const seconds = readWhole('--deadline', deadline, 1, 86_400);
  return seconds === undefined ? undefined : seconds * 1000;
}

export function readWhole(flag: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(
    `${flag} ${text.slice(0, 40)} is not a whole number from ${min} to ${max}`,
    `Pass for example ${flag} ${Math.max(min, 1)}.`,
  );
}

const KEY = /^[A-Za-z][\w-]{0,79}$/;
const FORBIDDEN = ['__proto__', 'constructor', 'prototype'];

/** `steps=30`: what reads as JSON is that, everything else is text. */
export function readOptions(pairs: readonly string[]): Record<string, unknown> {
  const keys = new Set<string>();
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      const key = pair.slice(0, at);
      if (at < 1 || !KEY.test(key) || FORBIDDEN.includes(key)) {
        const shown = (at < 1 ? pair : key).slice(0, 40);
        throw new UsageError(
          `--option ${shown} is not a setting and its value`,
          'Write for example --option steps=30.',
        );
      }
      if (keys.has(key)) throw new UsageError(`--option ${key} is given twice`, 'Leave one out.');
      keys.add(key);
      return [key, readValue(pair.slice(at + 1))];
    }),
  );
}

function readValue(text: string): unknown {
  if (!/^(?:-?\d|true$|false$|null$|[[{"])/.test(text)) return text;
  try {
    return JSON.parse(text, (key, value) => (FORBIDDEN.includes(key) ? undefined : value));
  } catch {
    return text;
  }
}

const MOST_INPUT_BYTES = 64_000_000;

/** A file's bytes; a link stays one, and is fetched under guard. */
export async function readPicture(flag: string, name: string, cwd: string): Promise<Uint8Array | string> {
  if (/^https:\/\//i.test(name)) return name;
  const path = resolve(cwd, name);
  const cannot = (why: string) => new UsageError(`${flag} ${name}: ${why}`, 'Name a PNG, JPEG or WebP file.');
  const bytes = await readFileOf(path, { mostBytes: MOST_INPUT_BYTES, cannot });
  if (bytes.length === 0) throw cannot('it is empty');
  return bytes;
}

export function definedOnly(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
}

const MOST_PROMPT_BYTES = 100_000;

/** The words of the command line, or with a single dash what stands on standard input. @throws UsageError */
export async function readPrompt(
  words: readonly string[],
  { readInput }: Pick<CommandContext, 'readInput'>,
): Promise<string> {
  const isInput = words.length === 1 && words[0] === '-';
  const prompt = (isInput ? await readInput(MOST_PROMPT_BYTES) : words.join(' ')).trim();
  if (prompt !== '') return prompt;
  throw new UsageError('the prompt is empty', 'Say what to draw: imagen generate "a red fox in the snow".');
}
