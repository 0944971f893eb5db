/**
 * Sends the same call with Hugging Face's client and with ours to the same server, and compares the requests. The allowed differences are
 * listed here with their reasons. The client's addresses are constants, so its `fetch` redirects them to the server and answers the Hub's
 * request about the model. The server refuses every call, so that neither client continues with a job.
 *
 * Not compared: pixels and formats. The client sends `width` and `height` to every host, although most hosts have other names for the size
 * and ignore these; our client translates them.
 */
import { InferenceClient, type InferenceProviderOrPolicy } from '@huggingface/inference';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHuggingface } from '../../../src/providers/huggingface/index.ts';
import type { HostName } from '../../../src/providers/huggingface/wire.ts';
import type { MediaProvider } from '../../../src/providers/protocol/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { type Both, type CaptureServer, captureBoth, expectParity, openCaptureServer } from '../support/wire-parity.ts';

const KEY = 'hf_parity0123456789';
const prompt = 'a red square';
const SDXL = 'stabilityai/stable-diffusion-xl-base-1.0';
const KONTEXT = 'black-forest-labs/FLUX.1-Kontext-dev';
const FLUX2 = 'black-forest-labs/FLUX.2-dev';

const DIFFERENCES = {
  accept: 'Ours accepts JSON and images only; the client accepts anything.',
} as const satisfies Readonly<Record<string, string>>;

let server: CaptureServer;
beforeAll(async () => {
  server = await openCaptureServer((_, response) => {
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"no"}');
  });
});
afterAll(() => server[Symbol.asyncDispose]());

/** The Hub's reply for every model: the host's own name for it. */
const providerIdAt = (host: string, model: string) => (host === 'hf-inference' ? model : `at-${host}/${model}`);

function leadTo(task: string): typeof fetch {
  return (input, init) => {
    const url = new URL(String(input));
    if (url.hostname === 'huggingface.co') {
      const model = url.pathname.replace('/api/models/', '');
      const entries = HOSTS.map(([host]) => [host, { providerId: providerIdAt(host, model), status: 'live', task }]);
      return Promise.resolve(Response.json({ inferenceProviderMapping: Object.fromEntries(entries) }));
    }
    return fetch(`${server.origin}${url.pathname}${url.search}`, init);
  };
}

function both(
  task: 'text-to-image' | 'image-to-image',
  official: (client: InferenceClient) => Promise<unknown>,
  ours: (provider: MediaProvider) => Promise<unknown>,
  { billTo, endpointUrl }: { readonly billTo?: string; readonly endpointUrl?: string } = {},
): Promise<Both> {
  const client = new InferenceClient(KEY, {
    fetch: leadTo(task),
    ...(billTo !== undefined && { billTo }),
    ...(endpointUrl !== undefined && { endpointUrl }),
  });
  const settings = { ...(billTo !== undefined && { billTo }), ...(endpointUrl !== undefined && { endpointUrl }) };
  const provider = createHuggingface({ apiKey: KEY, baseUrl: server.origin, ...settings });
  const refused = (call: Promise<unknown>) =>
    call.then(
      () => Promise.reject(new Error('the server refused it, and the client did not notice')),
      () => undefined,
    );
  return captureBoth(
    server,
    () => refused(official(client)),
    () => refused(ours(provider)),
  );
}

/** With a model that each of them can edit with, if it can. */
const HOSTS: readonly (readonly [host: HostName, editing?: string])[] = [
  ['hf-inference', KONTEXT],
  ['fal-ai', KONTEXT],
  ['replicate', KONTEXT],
  ['together', FLUX2],
  ['wavespeed', KONTEXT],
  ['nscale'],
  ['deepinfra'],
  ['zai-org'],
];

const optionsFor = (provider: HostName, model: string) => ({
  provider,
  providerId: providerIdAt(provider, model),
  num_inference_steps: 4,
  guidance_scale: 3.5,
});

const generate = (host: HostName, steps = 4) =>
  both(
    'text-to-image',
    (client) =>
      client.textToImage({
        provider: host as InferenceProviderOrPolicy,
        model: SDXL,
        inputs: prompt,
        parameters: { negative_prompt: 'text', seed: 0, num_inference_steps: steps, guidance_scale: 3.5 },
      }),
    (provider) =>
      provider.generate({
        prompt,
        model: SDXL,
        negativePrompt: 'text',
        seed: 0,
        options: optionsFor(host, SDXL),
      }),
  );

async function edit(host: HostName, model: string) {
  const png = await encodeSketch({ $image: 'png', width: 64, height: 64 });
  return both(
    'image-to-image',
    (client) =>
      client.imageToImage({
        provider: host as InferenceProviderOrPolicy,
        model,
        inputs: new Blob([new Uint8Array(png)], { type: 'image/png' }),
        parameters: { prompt, num_inference_steps: 4, guidance_scale: 3.5 },
      }),
    (provider) => provider.edit({ prompt, model, inputImages: [png], options: optionsFor(host, model) }),
  );
}

describe('requests compared with the official client', () => {
  it.each(HOSTS.map(([host]) => host))('are equal for an image from a prompt at %s', async (host) => {
    const pair = await generate(host);

    expect(pair.ours.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(pair.ours.path.startsWith(`/${host}/`)).toBe(true);
    await expectParity(pair, DIFFERENCES);
  });

  it.each(HOSTS.flatMap(([host, model]) => (model === undefined ? [] : [[host, model] as const])))(
    'are equal for an edit at %s',
    async (host, model) => {
      await expectParity(await edit(host, model), DIFFERENCES);
    },
  );

  it('are equal for a dedicated endpoint', async () => {
    const pair = await both(
      'text-to-image',
      (client) => client.textToImage({ inputs: prompt, parameters: { width: 1024, height: 768, seed: 7 } }),
      (provider) => provider.generate({ prompt, size: '1024x768', seed: 7 }),
      { endpointUrl: `${server.origin}/my-endpoint` },
    );

    expect(pair.ours.path).toBe('/my-endpoint');
    await expectParity(pair, DIFFERENCES);
  });

  it('are equal for an organization that pays', async () => {
    const pair = await both(
      'text-to-image',
      (client) => client.textToImage({ provider: 'hf-inference', model: SDXL, inputs: prompt }),
      (provider) => provider.generate({ prompt, model: SDXL, options: { provider: 'hf-inference' } }),
      { billTo: 'my-org' },
    );

    expect(pair.ours.headers['x-hf-bill-to']).toBe('my-org');
    await expectParity(pair, DIFFERENCES);
  });

  it('differ for a planted number, host or payer', async () => {
    const [here, there] = [await generate('nscale'), await generate('deepinfra')];
    const foreign = { ...here.ours, headers: { ...here.ours.headers, 'x-hf-bill-to': 'someone' } };
    const planted: readonly Both[] = [
      await generate('together', 5),
      { official: here.official, ours: there.ours },
      { official: here.official, ours: foreign },
    ];
    for (const pair of planted) await expect(expectParity(pair, DIFFERENCES)).rejects.toThrow('to deeply equal');
  });
});
