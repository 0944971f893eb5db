/** One conversation from its call to its end, with a fresh provider and a fresh server. */
import { inspectImage } from '../providers/kit/image/inspect.ts';
import type {
  AiImageError,
  AiImageProvider,
  AiImageResult,
  CallContext,
  GenerateImageParams,
  Health,
  ImageEvent,
  ImageGeneration,
  ImageRequest,
  JobHandle,
  MediaProvider,
} from '../providers/protocol/index.ts';
import { describeFile, differences, sameBytes, show } from './compare.ts';
import type { Conversation, ConversationCall } from './conversation.ts';
import { type ConversationServer, serveConversation } from './conversation-server.ts';
import { errorFaults } from './error-faults.ts';
import { fillIn, toCallValue } from './expand.ts';
import { type ContractSettings, lacks, type ProviderUnderTest, settle, TEST_KEY } from './subject.ts';

const USUAL_PATIENCE_MS = 10_000;

export const patienceOf = ({ patienceMs = USUAL_PATIENCE_MS }: ProviderUnderTest) => patienceMs;

export interface ReplayStage {
  readonly provider: AiImageProvider | MediaProvider;
  readonly server: ConversationServer;
  /** A further provider with the same settings. */
  readonly again: () => AiImageProvider | MediaProvider;
}

export interface ReplayScene extends Pick<Conversation, 'exchanges' | 'settings'> {
  /** Any request may come; what is not recorded is refused with HTTP 418. @default false */
  readonly isOpen?: boolean;
}

/** Sets up server and provider, does the work, takes both down. @returns what the server noted, and the work's own findings */
export async function onStage(
  subject: ProviderUnderTest,
  { exchanges, settings = {}, isOpen = false }: ReplayScene,
  work: (stage: ReplayStage) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const server = await serveConversation(exchanges, { apiKey: TEST_KEY });
  const made: (AiImageProvider | MediaProvider)[] = [];
  const again = () => {
    const place = { origin: server.origin, apiKey: TEST_KEY };
    const filled = Object.entries(settings).map(([name, value]) => [
      name,
      typeof value === 'string' ? fillIn(value, place) : value,
    ]);
    const given: ContractSettings = { ...Object.fromEntries(filled), apiKey: TEST_KEY, baseUrl: server.origin };
    const provider = subject.create(given);
    made.push(provider);
    return provider;
  };
  try {
    const findings = await work({ provider: again(), server, again });
    return isOpen ? findings : [...server.problems(), ...findings];
  } finally {
    for (const provider of made) {
      if (!lacks(provider, 'close')) await settle(() => (provider as MediaProvider).close(), patienceOf(subject));
    }
    await server.close();
  }
}

/** @returns one line per way in which it did not go as recorded */
export async function replay(subject: ProviderUnderTest, conversation: Conversation): Promise<readonly string[]> {
  const { call, result, error: expected } = conversation;
  return onStage(subject, conversation, async ({ provider, server, again }) => {
    const methods = call.method === 'submit+resume' ? ['submit', 'resume'] : [call.method];
    const missing = methods.filter((method) => lacks(provider, method));
    if (missing.length > 0) return missing.map((method) => `the provider has no method ${method}`);

    const settled = await settle(() => perform(call, provider, again), patienceOf(subject));
    if (settled.kind === 'stuck') return [`the call did not end within ${patienceOf(subject)} ms`];
    if (settled.kind === 'error') {
      const { error } = settled;
      const prompt = 'prompt' in call ? call.prompt : 'request' in call ? String(call.request.prompt ?? '') : '';
      const faults = errorFaults(error, { apiKey: TEST_KEY, prompt });
      if (expected) return [...faults, ...(await compareError(expected, error))];
      return [...faults, `expected a result, got ${describeError(error)}`];
    }
    if (result === undefined) return [`expected the error ${expected?.code}, got ${show(settled.value.facts)}`];
    return [
      ...(await differences('result', { warnings: [], failures: [], ...result }, settled.value.facts, {
        isSubset: true,
      })),
      ...imageFaults(settled.value.pictures, server.sent),
    ];
  });
}

interface Outcome {
  /** What a conversation's `result` is compared with. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly pictures: readonly AiImageResult[];
}

async function perform(
  call: ConversationCall,
  provider: AiImageProvider | MediaProvider,
  again: () => AiImageProvider | MediaProvider,
): Promise<Outcome> {
  // That the methods are there was seen before.
  const full = provider as Required<MediaProvider>;
  if (call.method === 'healthCheck') return healthFacts(await full.healthCheck());
  if (call.method === 'generateImage') {
    const params = (await toCallValue(call.params)) as GenerateImageParams | undefined;
    return resultFacts(await provider.generateImage(call.prompt, params));
  }
  const request = (await toCallValue(call.request)) as ImageRequest & {
    inputImages: NonNullable<ImageRequest['inputImages']>;
  };
  const context = call.context as CallContext | undefined;
  switch (call.method) {
    case 'generate':
      return generationFacts(await full.generate(request, context));
    case 'edit':
      return generationFacts(await full.edit(request, context));
    case 'stream':
      return streamFacts(full.stream(request, context));
    case 'submit+resume': {
      const handle = await full.submit(request, context);
      const text = JSON.stringify(handle);
      if (text.includes(TEST_KEY)) throw new Error('the job handle holds the key');
      return generationFacts(await (again() as Required<MediaProvider>).resume(JSON.parse(text) as JobHandle, context));
    }
    default:
      return call satisfies never;
  }
}

function resultFacts(result: AiImageResult): Outcome {
  const { format, model, promptUsed } = result;
  return {
    pictures: [result],
    facts: { images: 1, format, model, promptUsed, ...sizeOf(result), warnings: [], failures: [] },
  };
}

function generationFacts(generation: ImageGeneration): Outcome {
  const { images, failures, warnings, provider: _, timing: __, job: ___, ...rest } = generation;
  const { imageBytes, id: ____, mediaType: _____, ...first } = images[0];
  return {
    pictures: images,
    facts: {
      ...rest,
      ...first,
      images: images.length,
      warnings: warnings.map(({ code }) => code),
      failures: failures.map(({ error }) => error.code),
    },
  };
}

async function streamFacts(stream: AsyncIterable<ImageEvent>): Promise<Outcome> {
  const events: string[] = [];
  let last: ImageEvent | undefined;
  for await (last of stream) events.push(last.type);
  if (last?.type !== 'done') throw new Error(`the stream ended with ${last?.type ?? 'nothing'} and not with done`);
  const { facts, pictures } = generationFacts(last.generation);
  return { pictures, facts: { ...facts, events } };
}

function healthFacts(health: Health): Outcome {
  return { pictures: [], facts: { ...health, warnings: [], failures: [] } };
}

function sizeOf({ imageBytes }: AiImageResult): { readonly width?: number; readonly height?: number } {
  const seen = imageBytes instanceof Uint8Array ? inspectImage(imageBytes) : undefined;
  return seen?.kind === 'image' ? { width: seen.width, height: seen.height } : {};
}

/** Every picture has to be whole, what it says it is, and byte for byte what the vendor sent. */
export function imageFaults(pictures: readonly AiImageResult[], sent: readonly Uint8Array[]): readonly string[] {
  return pictures.flatMap(({ imageBytes, format }, index) => {
    if (!(imageBytes instanceof Uint8Array)) return [`picture ${index}: imageBytes is no Uint8Array`];
    const seen = inspectImage(imageBytes);
    if (seen.kind !== 'image') return [`picture ${index}: ${describeFile(imageBytes)}`];
    const wrong =
      seen.format === format ? [] : [`picture ${index}: format says ${format}, the bytes are ${seen.format}`];
    const isAsSent = sent.length === 0 || sent.some((bytes) => sameBytes(bytes, imageBytes));
    return [...wrong, ...(isAsSent ? [] : [`picture ${index}: the bytes are not those the vendor sent`])];
  });
}

async function compareError(expected: NonNullable<Conversation['error']>, error: unknown): Promise<readonly string[]> {
  const { message, hint, quarantine, job, ...fields } = expected;
  const found = error as AiImageError;
  const texts = message === undefined ? [] : [message].flat();
  return [
    ...(await differences('error', fields, pick(found, Object.keys(fields)), { isSubset: true })),
    ...texts
      .filter((text) => !String(found?.message).includes(text))
      .map((text) => `error.message: expected ${show(text)} in it, got ${show(found?.message)}`),
    ...(hint === undefined || found?.hint?.includes(hint)
      ? []
      : [`error.hint: expected ${show(hint)} in it, got ${show(found?.hint)}`]),
    ...(quarantine === undefined || found?.quarantine?.length === quarantine
      ? []
      : [`error.quarantine: expected ${quarantine} files, got ${found?.quarantine?.length ?? 0}`]),
    ...(job === undefined || (found?.job !== undefined) === job
      ? []
      : [`error.job: expected ${job ? 'a handle' : 'none'}, got ${show(found?.job)}`]),
  ];
}

function pick(from: object, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.map((key) => [key, (from as Record<string, unknown>)?.[key]]));
}

export function describeError(error: unknown): string {
  const { code, message } = (error ?? {}) as Partial<AiImageError>;
  return `${code ?? (error instanceof Error ? error.name : typeof error)}: ${message ?? show(error)}`;
}
