/** Input pictures that go to the vendor before the request that names them. */

import type { AdapterContext, ProviderParts } from '../adapter/call-context.ts';
import type { EditArgs, InputFile, ProviderDefinition } from '../adapter/definition.ts';
import type { Args } from '../request/prepare.ts';
import { privateWords } from '../response/private-words.ts';
import { createReplyState } from '../response/reply-state.ts';
import { toReading } from '../response/run-call.ts';
import { toAiImageError } from '../response/translate-error.ts';
import { parseReply } from '../schema/parse.ts';

/** @returns the same calls with references to the files; each file went once, whichever calls share it @throws AiImageError nothing was submitted */
export async function uploadFiles(
  parts: ProviderParts,
  calls: readonly Args[],
  running: AdapterContext,
): Promise<readonly Args[]> {
  const { upload } = parts.definition;
  if (upload === undefined) return calls;
  const references = new Map<Uint8Array, Promise<string>>();
  return Promise.all(
    calls.map((args) =>
      withReferences(parts.definition, args, (file, edit) => {
        const known = references.get(file.bytes) ?? uploadOne(parts, file, edit, running);
        references.set(file.bytes, known);
        return known;
      }),
    ),
  );
}

/** For a plan, which hands nothing over: words in the place of the references. */
export function withPlannedReferences(definition: ProviderDefinition, args: Args): Args {
  if (!('inputs' in args)) return args;
  const named = (file: InputFile): InputFile =>
    isUploaded(definition, file, args)
      ? { ...file, reference: `<${file.mediaType}, ${file.bytes.length} bytes>` }
      : file;
  const [first, ...others] = args.inputs;
  return { ...args, inputs: [named(first), ...others.map(named)], ...(args.mask && { mask: named(args.mask) }) };
}

async function withReferences(
  definition: ProviderDefinition,
  args: Args,
  refer: (file: InputFile, args: EditArgs<unknown>) => Promise<string>,
): Promise<Args> {
  if (!('inputs' in args)) return args;
  const named = async (file: InputFile): Promise<InputFile> =>
    isUploaded(definition, file, args) ? { ...file, reference: await refer(file, args) } : file;
  const [first, ...others] = args.inputs;
  const [one, mask, ...more] = await Promise.all([
    named(first),
    args.mask === undefined ? undefined : named(args.mask),
    ...others.map(named),
  ]);
  return { ...args, inputs: [one, ...more], ...(mask && { mask }) };
}

function isUploaded({ upload }: ProviderDefinition, file: InputFile, args: EditArgs<unknown>): boolean {
  return upload !== undefined && (upload.isNeeded?.(file, args) ?? true);
}

async function uploadOne(
  { definition, settings, transport }: ProviderParts,
  file: InputFile,
  args: EditArgs<unknown>,
  { signal, deadlineMs }: AdapterContext,
): Promise<string> {
  const { about, upload } = definition;
  const { model } = args;
  const seen = createReplyState();
  const common = { labels: {}, usualMs: undefined, redact: transport.redact };
  const words = privateWords(args);
  const { job: _, ...reading } = toReading({ definition, settings, model, words, seen, ...common });
  try {
    const reply = await transport.ask(upload!.toRequest(file, args), reading, { signal, deadlineMs });
    const answer = parseReply(upload!.answerSchema, reply.body, about.id);
    const target = upload!.toTarget?.(answer, file);
    if (target) await transport.upload(target, { signal, deadlineMs });
    return upload!.toReference(answer);
  } catch (error) {
    const redact = (text: string) => transport.redact(text, words);
    throw toAiImageError(error, { about, model, hint: seen.hint, isBeforeSubmit: true, redact });
  }
}
