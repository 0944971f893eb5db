/** Checks that apply to every provider, in addition to its recorded conversations. */
import { isAiImageError } from '../providers/protocol/errors.ts';
import type { AiImageResult, GenerateImageParams, MediaProvider } from '../providers/protocol/index.ts';
import { cardFaults } from './card-faults.ts';
import { show } from './compare.ts';
import type { Conversation, Exchange } from './conversation.ts';
import { errorFaults } from './error-faults.ts';
import { describeError, imageFaults, type ReplaySetup, stepTimeoutOf, withServer } from './replay.ts';
import { isFull, type ProviderUnderTest, type Settled, settle, TEST_KEY } from './subject.ts';

/** A conversation whose call is `generateImage` with a prompt and nothing else. */
export type Sample = Conversation & { readonly call: { readonly method: 'generateImage'; readonly prompt: string } };

export interface GeneralCheck {
  readonly id: string;
  /** A sentence, after the ids of the contract's rules. */
  readonly title: string;
  /** The check applies only to providers with the full protocol, `MediaProvider`; the canonical one does not require it. */
  readonly needsMediaProvider?: true;
  /** @returns one line per fault */
  readonly run: (subject: ProviderUnderTest, sample: Sample) => Promise<readonly string[]>;
}

const FIELDS = ['format', 'imageBytes', 'model', 'promptUsed'];
/** The contract says 250 ms; slow machines get more. */
const ABORT_MS = 1000;
const UNKNOWN_OPTION = { 'no-such-option-anywhere': true };

export const generalChecks: readonly GeneralCheck[] = [
  {
    id: 'four-fields',
    title: 'M1 M2 P1: generateImage returns exactly the four fields of AiImageResult',
    run: (subject, sample) =>
      onResult(subject, sample, sample.call.prompt, undefined, (result) => {
        const { imageBytes, model, promptUsed } = result;
        const fields = Object.keys(result).sort();
        return [
          ...(fields.join() === FIELDS.join() ? [] : [`the result's fields are ${fields.join(', ')}`]),
          ...(imageBytes instanceof Uint8Array && imageBytes.length > 0
            ? []
            : ['imageBytes must be a non-empty Uint8Array']),
          ...(typeof model === 'string' && model !== '' ? [] : ['model must be a non-empty string']),
          ...(typeof promptUsed === 'string' && promptUsed !== '' ? [] : ['promptUsed must be a non-empty string']),
        ];
      }),
  },
  {
    id: 'whole-image',
    title: 'M2: the bytes are one complete image, as the vendor sent it, and format is their real format',
    run: (subject, sample) =>
      onResult(subject, sample, sample.call.prompt, undefined, (result, { server }) =>
        imageFaults([result], server.sent),
      ),
  },
  {
    id: 'trimmed-prompt',
    title: 'M2: the prompt is sent and reported without surrounding whitespace',
    run: (subject, sample) =>
      onResult(subject, sample, `  \n${sample.call.prompt}\t `, undefined, ({ promptUsed }) =>
        promptUsed === sample.call.prompt ? [] : [`promptUsed is ${show(promptUsed)}, not ${show(sample.call.prompt)}`],
      ),
  },
  {
    id: 'defaults',
    title: 'generateImage without params uses the defaults',
    run: (subject, sample) =>
      onResult(subject, sample, sample.call.prompt, {}, async ({ format, model }, { provider }) => {
        const expectedFormat = sample.result?.format ?? 'png';
        const planned = isFull(provider) ? (await provider.plan({ prompt: sample.call.prompt })).model : model;
        return [
          ...(format === expectedFormat ? [] : [`format is ${format}, not ${expectedFormat}`]),
          ...(planned === model || sample.result?.model === model ? [] : [`model is ${model}, plan() says ${planned}`]),
        ];
      }),
  },
  {
    id: 'blank-prompt',
    title: 'M6: a blank prompt is refused without a request',
    run: async (subject) => {
      const faults = await Promise.all(
        ['', ' \n\t'].map((prompt) => expectRefusal(subject, prompt, {}, 'invalid_request')),
      );
      return faults.flat();
    },
  },
  {
    id: 'unknown-option',
    title: 'M6: an unknown option is refused without a request',
    run: (subject, { call }) => expectRefusal(subject, call.prompt, { options: UNKNOWN_OPTION }, 'invalid_request'),
  },
  {
    id: 'aborted-before',
    title: 'an aborted signal ends the call with code aborted and without a request',
    run: (subject, { call }) => expectRefusal(subject, call.prompt, { signal: AbortSignal.abort() }, 'aborted'),
  },
  {
    id: 'aborted-under-way',
    title: 'aborting during a request ends the call promptly, with code aborted',
    run: abortUnderWay,
  },
  {
    id: 'silent-errors',
    title: 'an error never contains the key, even if the vendor echoes it',
    run: echoTheKey,
  },
  {
    id: 'health-check',
    title: 'healthCheck reports a refusal and does not throw',
    needsMediaProvider: true,
    run: (subject) =>
      onMediaProvider(
        subject,
        async ({ provider }) => {
          const settled = await settle(() => provider.healthCheck(), stepTimeoutOf(subject));
          if (settled.kind !== 'value') return [`healthCheck ${describe(settled)}`];
          return settled.value.status === 'ok'
            ? ['healthCheck returned ok although the vendor refused every request']
            : [];
        },
        { isOpen: true },
      ),
  },
  {
    id: 'model-cards',
    title: 'the model cards are valid: defaults available, successors known, prices dated, sizes readable',
    needsMediaProvider: true,
    run: (subject) =>
      onMediaProvider(
        subject,
        async ({ provider }) => {
          const models = await provider.models();
          const { model, adaptations } = await provider.plan({ prompt: 'x' });
          // A customer-defined model name uses another model's card, without the warning about a missing card.
          const isCustomName =
            !Object.hasOwn(models, model) && !adaptations.some(({ code }) => code === 'unknown_model');
          const defaultModel = isCustomName ? (Object.keys(models)[0] ?? model) : model;
          return cardFaults(models, defaultModel, new Date().toISOString().slice(0, 10));
        },
        // A provider may request its server's model list.
        { isOpen: true },
      ),
  },
  {
    id: 'plan',
    title: 'plan returns the request that would be sent, and sends nothing',
    needsMediaProvider: true,
    run: (subject, { call, exchanges }) =>
      onMediaProvider(subject, async ({ provider, server }) => {
        const { requests, refusals } = await provider.plan({ prompt: call.prompt });
        // Free lookups may precede the submit; a plan does not make them.
        const first = exchanges.find(({ request }) => request.method !== 'GET');
        const sent = first && `${first.request.method} ${server.origin}${first.request.path.split('?')[0]}`;
        const found = requests[0] && `${requests[0].method} ${requests[0].url.split('?')[0]}`;
        return [
          ...refusals.map(({ message }) => `plan refuses a plain prompt: ${message}`),
          // A provider that calls another library does not know its requests: it names the call, with a scheme of its own.
          ...(found === sent || (found !== undefined && /^[A-Z]+ (?!https?:)[a-z][a-z\d+.-]{0,20}:/.test(found))
            ? []
            : [`plan returned ${found ?? 'no request'}, but the provider sends ${sent ?? 'no request'}`]),
        ];
      }),
  },
  {
    id: 'close',
    title: 'close resolves, also when called twice',
    needsMediaProvider: true,
    run: (subject) =>
      onMediaProvider(subject, async ({ provider }) => {
        for (const time of ['first call', 'second call']) {
          const settled = await settle(() => provider.close(), stepTimeoutOf(subject));
          if (settled.kind !== 'value') return [`close (${time}) ${describe(settled)}`];
        }
        return [];
      }),
  },
];

/** Replays the sample conversation and checks the result. */
function onResult(
  subject: ProviderUnderTest,
  sample: Sample,
  prompt: string,
  params: GenerateImageParams | undefined,
  check: (result: AiImageResult, setup: ReplaySetup) => readonly string[] | Promise<readonly string[]>,
): Promise<readonly string[]> {
  return withServer(subject, sample, async (setup) => {
    const settled = await settle(() => setup.provider.generateImage(prompt, params), stepTimeoutOf(subject));
    return settled.kind === 'value' ? check(settled.value, setup) : [`generateImage ${describe(settled)}`];
  });
}

function expectRefusal(
  subject: ProviderUnderTest,
  prompt: string,
  params: GenerateImageParams,
  code: string,
): Promise<readonly string[]> {
  return withServer(subject, { exchanges: [] }, async ({ provider }) => {
    const settled = await settle(() => provider.generateImage(prompt, params), stepTimeoutOf(subject));
    return settled.kind === 'error'
      ? [...errorFaults(settled.error, { apiKey: TEST_KEY, prompt }), ...codeFaults(settled.error, code)]
      : [`generateImage ${describe(settled)} instead of ${code}`];
  });
}

function abortUnderWay(subject: ProviderUnderTest, sample: Sample): Promise<readonly string[]> {
  const [first] = sample.exchanges;
  if (first === undefined) return Promise.resolve(['the sample conversation has no exchange']);
  const silent: Exchange = { request: first.request, response: { instead: 'silence' } };
  return withServer(subject, { ...sample, exchanges: [silent] }, async ({ provider, server }) => {
    const aborting = new AbortController();
    const { prompt } = sample.call;
    const pending = settle(() => provider.generateImage(prompt, { signal: aborting.signal }), stepTimeoutOf(subject));
    const sent = await settle(() => server.arrived, stepTimeoutOf(subject));
    if (sent.kind === 'stuck') return ['the provider sent no request'];
    const abortedAt = performance.now();
    aborting.abort();
    const settled = await pending;
    const tookMs = Math.round(performance.now() - abortedAt);
    if (settled.kind !== 'error') return [`generateImage ${describe(settled)} after the abort`];
    return [
      ...errorFaults(settled.error, { apiKey: TEST_KEY, prompt }),
      ...codeFaults(settled.error, 'aborted'),
      ...(tookMs <= ABORT_MS ? [] : [`the call ended ${tookMs} ms after the abort; the limit is ${ABORT_MS} ms`]),
    ];
  });
}

/** Answers with the key in every encoding, as the text and as every usual field of an error. */
function echoTheKey(subject: ProviderUnderTest, sample: Sample): Promise<readonly string[]> {
  const [first] = sample.exchanges;
  if (first === undefined) return Promise.resolve(['the sample conversation has no exchange']);
  const encodings = ['{{key}}', encodeURIComponent(TEST_KEY), btoa(TEST_KEY)].join(' ');
  const text = JSON.stringify({ error: encodings, message: encodings, detail: encodings });
  const answers = [
    { status: 400, headers: { 'content-type': 'text/plain', 'x-request-id': encodings }, text: encodings },
    { status: 401, headers: { 'content-type': 'application/json' }, text },
  ] as const;
  const runs = answers.map((response) =>
    withServer(subject, { ...sample, exchanges: [{ request: first.request, response }] }, async ({ provider }) => {
      const settled = await settle(() => provider.generateImage(sample.call.prompt), stepTimeoutOf(subject));
      if (settled.kind !== 'error') return [`generateImage ${describe(settled)} after HTTP ${response.status}`];
      return errorFaults(settled.error, { apiKey: TEST_KEY, prompt: sample.call.prompt });
    }),
  );
  return Promise.all(runs).then((faults) => faults.flat());
}

/** Runs the check on a provider with the full protocol. */
function onMediaProvider(
  subject: ProviderUnderTest,
  work: (setup: ReplaySetup & { readonly provider: MediaProvider }) => Promise<readonly string[]>,
  options: { readonly isOpen?: boolean } = {},
): Promise<readonly string[]> {
  return withServer(subject, { exchanges: [], ...options }, async (setup) => {
    const { provider } = setup;
    return isFull(provider) ? work({ ...setup, provider }) : [];
  });
}

function codeFaults(error: unknown, code: string): readonly string[] {
  return isAiImageError(error) && error.code !== code ? [`expected code ${code}, got ${describeError(error)}`] : [];
}

function describe(settled: Settled<unknown>): string {
  if (settled.kind === 'stuck') return 'did not finish';
  return settled.kind === 'error' ? `failed with ${describeError(settled.error)}` : 'succeeded';
}
