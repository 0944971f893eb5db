/** Replays one conversation with a new provider and a new server. */
import { inspectImage } from '../providers/kit/image/inspect-image.ts';
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

/** Below the 5 s of vitest and jest. */
const DEFAULT_TIMEOUT_MS = 4_000;

export const timeoutOf = ({ timeoutMs = DEFAULT_TIMEOUT_MS }: ProviderUnderTest) => timeoutMs;
/** The time limit of one step. A step that fails and the closing of the provider fit into the check, so that the message of the step is shown. */
export const stepTimeoutOf = (subject: ProviderUnderTest) => Math.round(timeoutOf(subject) * 0.6);
const closeTimeoutOf = (subject: ProviderUnderTest) => Math.round(timeoutOf(subject) * 0.2);

export interface ReplaySetup {
  readonly provider: AiImageProvider | MediaProvider;
  readonly server: ConversationServer;
  /** Creates another provider with the same settings. */
  readonly createAnother: () => AiImageProvider | MediaProvider;
}

export interface ReplayOptions extends Pick<Conversation, 'exchanges' | 'settings'> {
  /** Allows any request; answers unrecorded ones with HTTP 418. @default false */
  readonly isOpen?: boolean;
}

/** Starts a server and a provider, runs the work, and closes both. Returns the server's problems and the work's findings. */
export async function withServer(
  subject: ProviderUnderTest,
  { exchanges, settings = {}, isOpen = false }: ReplayOptions,
  work: (setup: ReplaySetup) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const server = await serveConversation(exchanges, { apiKey: TEST_KEY });
  const created: (AiImageProvider | MediaProvider)[] = [];
  const createAnother = () => {
    const placeholders = { origin: server.origin, apiKey: TEST_KEY };
    const filledIn = Object.entries(settings).map(([name, value]) => [
      name,
      typeof value === 'string' ? fillIn(value, placeholders) : value,
    ]);
    const given: ContractSettings = { ...Object.fromEntries(filledIn), apiKey: TEST_KEY, baseUrl: server.origin };
    const provider = subject.create(given);
    created.push(provider);
    return provider;
  };
  try {
    const findings = await work({ provider: createAnother(), server, createAnother });
    return isOpen ? findings : [...server.problems(), ...findings];
  } finally {
    for (const provider of created) {
      if (!lacks(provider, 'close')) await settle(() => (provider as MediaProvider).close(), closeTimeoutOf(subject));
    }
    await server.close();
  }
}

/** Replays a conversation. Returns one line per difference from the recording. */
export async function replay(subject: ProviderUnderTest, conversation: Conversation): Promise<readonly string[]> {
  const { call, result, error: expected } = conversation;
  return withServer(subject, conversation, async ({ provider, server, createAnother }) => {
    const methods = call.method === 'submit+resume' ? ['submit', 'resume'] : [call.method];
    const missing = methods.filter((method) => lacks(provider, method));
    if (missing.length > 0) return missing.map((method) => `the provider has no method ${method}`);

    const settled = await settle(() => perform(call, provider, createAnother), stepTimeoutOf(subject));
    if (settled.kind === 'stuck') return [`the call did not finish within ${stepTimeoutOf(subject)} ms`];
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
      ...imageFaults(settled.value.images, server.sent),
    ];
  });
}

interface Outcome {
  /** The values to compare with a conversation's `result`. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly images: readonly AiImageResult[];
}

async function perform(
  call: ConversationCall,
  provider: AiImageProvider | MediaProvider,
  createAnother: () => AiImageProvider | MediaProvider,
): Promise<Outcome> {
  // The caller has checked that the methods exist.
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
      if (text.includes(TEST_KEY)) throw new Error('the job handle contains the key');
      return generationFacts(
        await (createAnother() as Required<MediaProvider>).resume(JSON.parse(text) as JobHandle, context),
      );
    }
    default:
      return call satisfies never;
  }
}

function resultFacts(result: AiImageResult): Outcome {
  const { format, model, promptUsed } = result;
  return {
    images: [result],
    facts: { images: 1, format, model, promptUsed, ...sizeOf(result), warnings: [], failures: [] },
  };
}

function generationFacts(generation: ImageGeneration): Outcome {
  const { images, failures, warnings, provider: _, timing: __, job: ___, ...rest } = generation;
  const { imageBytes, id: ____, mediaType: _____, ...first } = images[0];
  return {
    images: images,
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
  if (last?.type !== 'done') throw new Error(`the stream ended with ${last?.type ?? 'no event'} instead of done`);
  const { facts, images } = generationFacts(last.generation);
  return { images, facts: { ...facts, events } };
}

function healthFacts(health: Health): Outcome {
  return { images: [], facts: { ...health, warnings: [], failures: [] } };
}

function sizeOf({ imageBytes }: AiImageResult): { readonly width?: number; readonly height?: number } {
  const inspected = imageBytes instanceof Uint8Array ? inspectImage(imageBytes) : undefined;
  return inspected?.kind === 'image' ? { width: inspected.width, height: inspected.height } : {};
}

/** Checks that every image is complete, has the stated format, and is byte for byte what the vendor sent. */
export function imageFaults(images: readonly AiImageResult[], sent: readonly Uint8Array[]): readonly string[] {
  return images.flatMap(({ imageBytes, format }, index) => {
    if (!(imageBytes instanceof Uint8Array)) return [`image ${index}: imageBytes is not a Uint8Array`];
    const inspected = inspectImage(imageBytes);
    if (inspected.kind !== 'image') return [`image ${index}: ${describeFile(imageBytes)}`];
    const wrong =
      inspected.format === format ? [] : [`image ${index}: format is ${format}, but the bytes are ${inspected.format}`];
    const isAsSent = sent.length === 0 || sent.some((bytes) => sameBytes(bytes, imageBytes));
    return [...wrong, ...(isAsSent ? [] : [`image ${index}: the bytes differ from those the vendor sent`])];
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
