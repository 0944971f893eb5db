/** The answer of the Images API: OpenAI's fields, and ours under `imagen`. Source: npm openai 7.59, `ImagesResponse`. */
import type { GeneratedImage, ManagedGeneration, Usage } from '../../../../index.ts';
import { withoutSecrets } from '../../../../providers/protocol/input/without-secrets.ts';
import { toHttpWords } from '../request/field-names.ts';
import type { ImageOperation } from '../request/field-rules.ts';

export interface AnswerSettings {
  readonly generation: ManagedGeneration;
  /** The call id. */
  readonly run: string;
  readonly isAdopted: boolean;
  readonly operation: ImageOperation;
  /** What the server ignored or replaced. */
  readonly warnings: readonly string[];
  /** Returns a link to a stored image. Without it, the answer holds the bytes. */
  readonly linkTo?: ((image: GeneratedImage) => Promise<string>) | undefined;
}

/** JSON in which a `Uint8Array` stands for its base64 text: `answerJson` encodes it. */
export async function toImageAnswer(settings: AnswerSettings): Promise<Readonly<Record<string, unknown>>> {
  const { generation, operation } = settings;
  const { images, applied, usage, timing } = generation;
  const [first] = images;
  const data = await Promise.all(images.map((image) => toDatum(image, settings)));
  return {
    created: Math.floor((timing.startedAt + timing.durationMs) / 1_000),
    data: data.map(({ datum }) => datum),
    ...(applied.background !== undefined && { background: applied.background }),
    output_format: first.format,
    ...(applied.quality !== undefined && { quality: applied.quality }),
    size: `${first.width}x${first.height}`,
    ...(usage !== undefined && toUsage(usage, operation)),
    imagen: toReport(
      settings,
      data.flatMap(({ warning }) => warning ?? []),
    ),
  };
}

/** The model as a client would name it. */
export function modelOf({ attempts, provider, model }: ManagedGeneration): string {
  return `${attempts.find(({ outcome }) => outcome === 'done')?.provider ?? provider}/${model}`;
}

interface Datum {
  readonly datum: Readonly<Record<string, unknown>>;
  readonly warning?: string;
}

async function toDatum(image: GeneratedImage, { generation, linkTo }: AnswerSettings): Promise<Datum> {
  const { id, imageBytes, revisedPrompt } = image;
  const revised = revisedPrompt === undefined ? {} : { revised_prompt: revisedPrompt };
  if (linkTo === undefined) return { datum: { b64_json: imageBytes, ...revised } };
  if (generation.saved.some((saved) => saved.id === id)) return { datum: { url: await linkTo(image), ...revised } };
  // It was paid for, so the client gets it in the other form.
  const warning = 'An image could not be stored, so the answer has its bytes instead of a link.';
  return { datum: { b64_json: imageBytes, ...revised }, warning };
}

/** Left out where the vendor reports no tokens: a client would take 0 for a fact. */
function toUsage({ inputTokens, outputTokens, totalTokens }: Usage, operation: ImageOperation) {
  if (inputTokens === undefined || outputTokens === undefined) return {};
  // Without input images, all input is text. How an edit divides is not known; the client's types require the field.
  const text = operation === 'generate' ? inputTokens : 0;
  return {
    usage: {
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      total_tokens: totalTokens ?? inputTokens + outputTokens,
      input_tokens_details: { text_tokens: text, image_tokens: 0 },
    },
  };
}

/** What the answer says beside OpenAI's fields. */
export function toReport(
  { generation, run, isAdopted, warnings }: Omit<AnswerSettings, 'operation' | 'linkTo'>,
  added: readonly string[] = [],
) {
  const { images, cost, applied, reasons, notes, failures } = generation;
  const model = modelOf(generation);
  return {
    run,
    isAdopted,
    images: images.map(({ id, format, width, height }) => {
      const isStored = generation.saved.some((saved) => saved.id === id);
      return { id, format, width, height, ...(isStored && { uri: `/api/images/${id}` }) };
    }),
    ...(cost.usd !== undefined && { costUsd: cost.usd }),
    costBasis: cost.basis,
    provider: model.split('/')[0],
    model,
    warnings: [
      ...warnings,
      ...added,
      ...generation.warnings.map(({ message }) => toHttpWords(withoutSecrets(message))),
      ...notes.map(withoutSecrets),
    ],
    failures: failures.map(({ index, error }) => ({ index, code: error.code, charged: error.charged })),
    applied,
    reasons,
  };
}
