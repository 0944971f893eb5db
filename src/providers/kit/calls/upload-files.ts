/** Uploads input images to the vendor before the request that refers to them. */
import type { AdapterContext, ProviderParts } from '../adapter/call-context.ts';
import type { ProviderDefinition } from '../adapter/provider-definition.ts';
import type { EditArgs, InputFile } from '../adapter/request-args.ts';
import { hookLabels } from '../hook-labels.ts';
import type { Args } from '../request/prepare.ts';
import { withFreeRequests } from './free-requests.ts';

/**
 * Uploads each file once, even if several calls use it.
 * @returns the same calls with references to the uploaded files
 * @throws AiImageError nothing was submitted
 */
export async function uploadFiles(
  parts: ProviderParts,
  calls: readonly Args[],
  context: AdapterContext,
): Promise<readonly Args[]> {
  if (parts.definition.upload === undefined) return calls;
  const references = new Map<Uint8Array, Promise<string>>();
  return Promise.all(
    calls.map((args) =>
      withReferences(parts.definition, args, (file, edit) => {
        const reference = references.get(file.bytes) ?? uploadOne(parts, file, edit, context);
        references.set(file.bytes, reference);
        return reference;
      }),
    ),
  );
}

/** Replaces the references by a description of the files, for a plan, which uploads nothing. */
export function withPlannedReferences(definition: ProviderDefinition, args: Args): Args {
  if (!('inputs' in args)) return args;
  const withReference = (file: InputFile): InputFile =>
    isUploaded(definition, file, args)
      ? { ...file, reference: `<${file.mediaType}, ${file.bytes.length} bytes>` }
      : file;
  const [first, ...others] = args.inputs;
  return {
    ...args,
    inputs: [withReference(first), ...others.map(withReference)],
    ...(args.mask && { mask: withReference(args.mask) }),
  };
}

async function withReferences(
  definition: ProviderDefinition,
  args: Args,
  upload: (file: InputFile, args: EditArgs<unknown>) => Promise<string>,
): Promise<Args> {
  if (!('inputs' in args)) return args;
  const withReference = async (file: InputFile): Promise<InputFile> =>
    isUploaded(definition, file, args) ? { ...file, reference: await upload(file, args) } : file;
  const [first, ...others] = args.inputs;
  const [firstInput, mask, ...otherInputs] = await Promise.all([
    withReference(first),
    args.mask === undefined ? undefined : withReference(args.mask),
    ...others.map(withReference),
  ]);
  return { ...args, inputs: [firstInput, ...otherInputs], ...(mask && { mask }) };
}

function isUploaded({ upload }: ProviderDefinition, file: InputFile, args: EditArgs<unknown>): boolean {
  return upload !== undefined && (upload.isNeeded?.(file, args) ?? true);
}

async function uploadOne(
  parts: ProviderParts,
  file: InputFile,
  args: EditArgs<unknown>,
  context: AdapterContext,
): Promise<string> {
  const upload = parts.definition.upload!;
  const { signal, deadlineMs } = context;
  return withFreeRequests(parts, args, context, async (ask) => {
    const answer = await ask(upload.toRequest(file, args), upload.responseSchema);
    const target = upload.toTarget?.(answer, file);
    if (target)
      await parts.transport.upload(target, { signal, deadlineMs, labels: await hookLabels(parts, context, args) });
    return upload.toReference(answer);
  });
}
