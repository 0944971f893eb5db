/** What every provider has to do whatever its vendor is, beside its own conversations. */
import { isAiImageError } from '../providers/protocol/errors.ts';
import type { AiImageResult, GenerateImageParams, MediaProvider } from '../providers/protocol/index.ts';
import { cardFaults } from './card-faults.ts';
import { show } from './compare.ts';
import type { Conversation, Exchange } from './conversation.ts';
import { errorFaults } from './error-faults.ts';
import { describeError, imageFaults, onStage, patienceOf, type ReplayStage } from './replay.ts';
import { isFull, type ProviderUnderTest, type Settled, settle, TEST_KEY } from './subject.ts';

/** A conversation whose call is `generateImage` with a prompt and nothing else. */
export type Sample = Conversation & { readonly call: { readonly method: 'generateImage'; readonly prompt: string } };

export interface GeneralCheck {
  readonly id: string;
  /** A sentence; starts with the contract's rule where one says it. */
  readonly title: string;
  /** @returns one line per fault */
  readonly run: (subject: ProviderUnderTest, sample: Sample) => Promise<readonly string[]>;
}

const FIELDS = ['format', 'imageBytes', 'model', 'promptUsed'];
/** The promise is 250 ms; a busy machine gets more. */
const ABORT_MS = 1000;
const UNKNOWN_OPTION = { 'no-such-option-anywhere': true };

export const generalChecks: readonly GeneralCheck[] = [
  {
    id: 'four-fields',
    title: 'M1 M2 P1: generateImage hands out exactly the four fields of AiImageResult',
    run: (subject, sample) =>
      onResult(subject, sample, sample.call.prompt, undefined, (result) => {
        const { imageBytes, model, promptUsed } = result;
        const fields = Object.keys(result).sort();
        return [
          ...(fields.join() === FIELDS.join() ? [] : [`the result's fields are ${fields.join(', ')}`]),
          ...(imageBytes instanceof Uint8Array && imageBytes.length > 0
            ? []
            : ['imageBytes is empty or no Uint8Array']),
          ...(typeof model === 'string' && model !== '' ? [] : ['model is empty or no text']),
          ...(typeof promptUsed === 'string' && promptUsed !== '' ? [] : ['promptUsed is empty or no text']),
        ];
      }),
  },
  {
    id: 'whole-picture',
    title: 'M2: the bytes are one whole picture, as the vendor sent it, and format says what they are',
    run: (subject, sample) =>
      onResult(subject, sample, sample.call.prompt, undefined, (result, { server }) =>
        imageFaults([result], server.sent),
      ),
  },
  {
    id: 'trimmed-prompt',
    title: 'M2: the prompt is sent and reported without the blanks around it',
    run: (subject, sample) =>
      onResult(subject, sample, `  \n${sample.call.prompt}\t `, undefined, ({ promptUsed }) =>
        promptUsed === sample.call.prompt ? [] : [`promptUsed is ${show(promptUsed)}, not ${show(sample.call.prompt)}`],
      ),
  },
  {
    id: 'defaults',
    title: 'generateImage without params is generateImage with its defaults',
    run: (subject, sample) =>
      onResult(subject, sample, sample.call.prompt, {}, async ({ format, model }, { provider }) => {
        const wanted = sample.result?.format ?? 'png';
        const usual = isFull(provider) ? (await provider.plan({ prompt: sample.call.prompt })).model : model;
        return [
          ...(format === wanted ? [] : [`format is ${format}, not ${wanted}`]),
          ...(usual === model || sample.result?.model === model ? [] : [`model is ${model}, plan() says ${usual}`]),
        ];
      }),
  },
  {
    id: 'blank-prompt',
    title: 'M6: a blank prompt is refused without a request',
    run: async (subject) => {
      const faults = await Promise.all(['', ' \n\t'].map((prompt) => refused(subject, prompt, {}, 'invalid_request')));
      return faults.flat();
    },
  },
  {
    id: 'unknown-option',
    title: 'M6: an unknown option is refused without a request',
    run: (subject, { call }) => refused(subject, call.prompt, { options: UNKNOWN_OPTION }, 'invalid_request'),
  },
  {
    id: 'aborted-before',
    title: 'a signal that has fired ends the call with code aborted and without a request',
    run: (subject, { call }) => refused(subject, call.prompt, { signal: AbortSignal.abort() }, 'aborted'),
  },
  {
    id: 'aborted-under-way',
    title: 'a signal that fires under way ends the call soon, with code aborted',
    run: abortUnderWay,
  },
  {
    id: 'silent-errors',
    title: 'an error never tells the key, also when the vendor does',
    run: echoTheKey,
  },
  {
    id: 'health-check',
    title: 'healthCheck reports a refusal and does not throw',
    run: (subject) =>
      whereFull(
        subject,
        async ({ provider }) => {
          const settled = await settle(() => provider.healthCheck(), patienceOf(subject));
          if (settled.kind !== 'value') return [`healthCheck ${describe(settled)}`];
          return settled.value.status === 'ok' ? ['healthCheck says ok while the vendor refuses everything'] : [];
        },
        { isOpen: true },
      ),
  },
  {
    id: 'model-cards',
    title: 'the model cards are sound: defaults alive, successors known, prices dated, sizes readable',
    run: (subject) =>
      whereFull(
        subject,
        async ({ provider }) => {
          const models = await provider.models();
          const { model, adaptations } = await provider.plan({ prompt: 'x' });
          // A name of the customer's has another model's card, and then nobody is warned that it has none.
          const isCustomers =
            !Object.hasOwn(models, model) && !adaptations.some(({ code }) => code === 'unknown_model');
          const usual = isCustomers ? (Object.keys(models)[0] ?? model) : model;
          return cardFaults(models, usual, new Date().toISOString().slice(0, 10));
        },
        // A provider may ask its server which models it has.
        { isOpen: true },
      ),
  },
  {
    id: 'plan',
    title: 'plan says what would be sent and sends nothing',
    run: (subject, { call, exchanges }) =>
      whereFull(subject, async ({ provider, server }) => {
        const { requests, refusals } = await provider.plan({ prompt: call.prompt });
        // Free questions may come before the submit; a plan does not ask them.
        const first = exchanges.find(({ request }) => request.method !== 'GET');
        const wanted = first && `${first.request.method} ${server.origin}${first.request.path.split('?')[0]}`;
        const found = requests[0] && `${requests[0].method} ${requests[0].url.split('?')[0]}`;
        return [
          ...refusals.map(({ message }) => `plan refuses a plain prompt: ${message}`),
          ...(found === wanted ? [] : [`plan says ${found ?? 'nothing'}, sent is ${wanted ?? 'nothing'}`]),
        ];
      }),
  },
  {
    id: 'close',
    title: 'close settles, also the second time',
    run: (subject) =>
      whereFull(subject, async ({ provider }) => {
        for (const time of ['the first time', 'the second time']) {
          const settled = await settle(() => provider.close(), patienceOf(subject));
          if (settled.kind !== 'value') return [`close, ${time}, ${describe(settled)}`];
        }
        return [];
      }),
  },
];

/** Plays the sample and looks at the result. */
function onResult(
  subject: ProviderUnderTest,
  sample: Sample,
  prompt: string,
  params: GenerateImageParams | undefined,
  look: (result: AiImageResult, stage: ReplayStage) => readonly string[] | Promise<readonly string[]>,
): Promise<readonly string[]> {
  return onStage(subject, sample, async (stage) => {
    const settled = await settle(() => stage.provider.generateImage(prompt, params), patienceOf(subject));
    return settled.kind === 'value' ? look(settled.value, stage) : [`generateImage ${describe(settled)}`];
  });
}

function refused(
  subject: ProviderUnderTest,
  prompt: string,
  params: GenerateImageParams,
  code: string,
): Promise<readonly string[]> {
  return onStage(subject, { exchanges: [] }, async ({ provider }) => {
    const settled = await settle(() => provider.generateImage(prompt, params), patienceOf(subject));
    return settled.kind === 'error'
      ? [...errorFaults(settled.error, { apiKey: TEST_KEY, prompt }), ...codeFaults(settled.error, code)]
      : [`generateImage ${describe(settled)} instead of ${code}`];
  });
}

function abortUnderWay(subject: ProviderUnderTest, sample: Sample): Promise<readonly string[]> {
  const [first] = sample.exchanges;
  if (first === undefined) return Promise.resolve(['its first conversation has no exchange']);
  const silent: Exchange = { request: first.request, response: { instead: 'silence' } };
  return onStage(subject, { ...sample, exchanges: [silent] }, async ({ provider, server }) => {
    const aborting = new AbortController();
    const { prompt } = sample.call;
    const calling = settle(() => provider.generateImage(prompt, { signal: aborting.signal }), patienceOf(subject));
    const sent = await settle(() => server.arrived, patienceOf(subject));
    if (sent.kind === 'stuck') return ['no request came'];
    const firedAt = performance.now();
    aborting.abort();
    const settled = await calling;
    const tookMs = Math.round(performance.now() - firedAt);
    if (settled.kind !== 'error') return [`generateImage ${describe(settled)} after the signal fired`];
    return [
      ...errorFaults(settled.error, { apiKey: TEST_KEY, prompt }),
      ...codeFaults(settled.error, 'aborted'),
      ...(tookMs <= ABORT_MS ? [] : [`it took ${tookMs} ms to end after the signal fired`]),
    ];
  });
}

/** Whatever the vendor's way of saying no is: the whole answer is the key, in every spelling. */
function echoTheKey(subject: ProviderUnderTest, sample: Sample): Promise<readonly string[]> {
  const [first] = sample.exchanges;
  if (first === undefined) return Promise.resolve(['its first conversation has no exchange']);
  const spellings = ['{{key}}', encodeURIComponent(TEST_KEY), btoa(TEST_KEY)].join(' ');
  const text = JSON.stringify({ error: spellings, message: spellings, detail: spellings });
  const answers = [
    { status: 400, headers: { 'content-type': 'text/plain', 'x-request-id': spellings }, text: spellings },
    { status: 401, headers: { 'content-type': 'application/json' }, text },
  ] as const;
  const tries = answers.map((response) =>
    onStage(subject, { ...sample, exchanges: [{ request: first.request, response }] }, async ({ provider }) => {
      const settled = await settle(() => provider.generateImage(sample.call.prompt), patienceOf(subject));
      if (settled.kind !== 'error') return [`generateImage ${describe(settled)} after HTTP ${response.status}`];
      return errorFaults(settled.error, { apiKey: TEST_KEY, prompt: sample.call.prompt });
    }),
  );
  return Promise.all(tries).then((faults) => faults.flat());
}

/** Only for providers of the full protocol; the canonical one does not promise it. */
function whereFull(
  subject: ProviderUnderTest,
  work: (stage: ReplayStage & { readonly provider: MediaProvider }) => Promise<readonly string[]>,
  options: { readonly isOpen?: boolean } = {},
): Promise<readonly string[]> {
  return onStage(subject, { exchanges: [], ...options }, async (stage) => {
    const { provider } = stage;
    return isFull(provider) ? work({ ...stage, provider }) : [];
  });
}

function codeFaults(error: unknown, code: string): readonly string[] {
  return isAiImageError(error) && error.code !== code ? [`expected code ${code}, got ${describeError(error)}`] : [];
}

function describe(settled: Settled<unknown>): string {
  if (settled.kind === 'stuck') return 'did not end';
  return settled.kind === 'error' ? `ended with ${describeError(settled.error)}` : 'succeeded';
}
