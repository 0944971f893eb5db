/** Flags that describe the image, on every command that generates. */
import type { Command } from 'commander';
import type { ManagerRequest } from '../../../index.ts';
import { withoutUndefined } from '../../../providers/protocol/index.ts';
import { quoteName } from '../../../providers/protocol/input/hide-keys.ts';
import {
  BACKGROUNDS,
  IMAGE_FORMATS,
  OPERATIONS,
  QUALITIES,
  SAFETY_LEVELS,
  SIZE_WORDS,
} from '../../../providers/protocol/vocabulary.ts';
import type { CommandContext } from '../context.ts';
import { UsageError } from '../usage-error.ts';
import { readChoice } from './enum-flag.ts';
import { readInteger } from './number-flag.ts';
import { readProviderOptions } from './provider-options.ts';
import { readImage } from './read-inputs.ts';
import { repeatable } from './repeatable.ts';

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

/** Flags that a row of a batch file may have, named as in `RequestOptions`. */
export const REQUEST_FLAGS = [
  ...['provider', 'model', 'size', 'aspectRatio', 'format', 'n', 'seed', 'negative', 'style', 'quality', 'background'],
  ...['safety', 'input', 'mask', 'operation', 'option', 'profile', 'intent', 'project', 'fallback', 'adapt'],
] as const satisfies readonly (keyof RequestOptions)[];
/** Flags that take a list. */
export const REPEATED_FLAGS: readonly string[] = ['input', 'option'];

export function addRequestOptions(command: Command): Command {
  return command
    .option('--provider <name>', 'backend of the configuration, or provider id (default: the one whose key is set)')
    .option('--model <id>', 'vendor’s model id, or best, light, dummy (default: the provider’s default)')
    .option('--size <size>', 'WIDTHxHEIGHT, square, landscape or portrait (default: the model’s default)')
    .option('--aspect-ratio <ratio>', 'aspect ratio instead of a size, for example 16:9')
    .option('--format <format>', `${IMAGE_FORMATS.join(', ')} (default: that of --out, else the vendor’s)`)
    .option('--n <count>', 'number of images, 1 to 100 (default: 1)')
    .option('--seed <number>', 'seed for repeatable results, if the model supports one')
    .option('--negative <text>', 'what the image must not show')
    .option('--style <name>', 'a style from imagen styles, or one of the vendor’s own')
    .option('--quality <quality>', QUALITIES.join(', '))
    .option('--background <kind>', BACKGROUNDS.join(', '))
    .option('--safety <level>', `how strictly the vendor filters content: ${SAFETY_LEVELS.join(', ')}`)
    .option('--input <file>', 'input image, a file or an https link; may be repeated', repeatable)
    .option('--mask <file>', 'PNG mask as large as the first input: white is repainted, black is kept')
    .option('--operation <name>', `with --input: ${OPERATIONS.join(', ')} (default: edit, or inpaint with --mask)`)
    .option('--option <key=value>', 'one of the vendor’s own settings; may be repeated', repeatable)
    .option('--profile <name>', 'profile of the configuration')
    .option('--intent <intent>', 'typography, enterprise, studio or photo; helps to choose between providers')
    .option('--project <name>', 'project that the cost is counted for')
    .option('--fallback <list>', 'providers to try next: provider or provider/model, separated by commas')
    .option('--adapt', 'replace what the model does not support by the nearest value, with a note (default: refuse)')
    .option('--deadline <seconds>', 'time limit for the whole call, 1 to 86400');
}

/** Builds a request from flags, and reads its input files. @throws UsageError */
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
    size: await readSize(options.size),
    aspectRatio: options.aspectRatio,
    format: readOptional('--format', format === 'jpg' ? 'jpeg' : format, IMAGE_FORMATS),
    n: readInteger('--n', options.n, 1, 100),
    seed: readInteger('--seed', options.seed, 0, Number.MAX_SAFE_INTEGER),
    negativePrompt: options.negative,
    style: options.style,
    quality: readOptional('--quality', options.quality, QUALITIES),
    background: readOptional('--background', options.background, BACKGROUNDS),
    safety: readOptional('--safety', options.safety, SAFETY_LEVELS),
    operation: readOptional('--operation', options.operation, OPERATIONS),
    inputImages: input && (await Promise.all(input.map((each) => readImage('--input', each, cwd)))),
    mask: mask === undefined ? undefined : await readImage('--mask', mask, cwd),
    options: option && readProviderOptions(option),
    profile: options.profile,
    metadata: Object.keys(metadata).length > 0 ? metadata : undefined,
    fallback: fallback === undefined ? undefined : fallback.split(',').map((each) => each.trim()),
    onUnsupported: adapt ? 'adapt' : undefined,
  };
  // Each field is checked against its schema before anything is sent.
  return withoutUndefined(request) as unknown as ManagerRequest;
}

/** @throws UsageError */
async function readSize(size: string | undefined): Promise<string | undefined> {
  if (size === undefined) return undefined;
  const { imageRequestSchema } = await import('../../../providers/protocol/request.ts'); // the help needs no zod
  if (imageRequestSchema.shape.size.safeParse(size).success) return size;
  throw new UsageError(
    `invalid --size ${quoteName(size, 40)}`,
    `Use WIDTHxHEIGHT (for example 1024x1024), ${SIZE_WORDS.slice(0, -1).join(', ')} or ${SIZE_WORDS.at(-1)}.`,
  );
}

const readOptional = <T extends string>(flag: string, value: string | undefined, choices: readonly T[]) =>
  value === undefined ? undefined : readChoice(flag, value, choices);

/** @returns milliseconds @throws UsageError */
export function readDeadline({ deadline }: RequestOptions): number | undefined {
  const seconds = readInteger('--deadline', deadline, 1, 86_400);
  return seconds === undefined ? undefined : seconds * 1000;
}
