/** A small vendor on a real socket, and an adapter for it: everything a provider can have, to be varied by each test. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod/mini';
import { bearer, type ProviderAbout } from '../../../../src/providers/kit/adapter/about.ts';
import {
  blob,
  defineProvider,
  maskFeature,
  post,
  type RequestArgs,
  sizeText,
} from '../../../../src/providers/kit/index.ts';
import type { ModelCard } from '../../../../src/providers/protocol/index.ts';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Vendor extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
}

/** @param answer writes one answer; what it leaves open hangs */
export async function openVendor(
  answer: (request: Received, response: ServerResponse, count: number) => void | Promise<void>,
): Promise<Vendor> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = request;
    const one = { method, path: url, headers, body: Buffer.concat(chunks).toString('latin1') };
    received.push(one);
    await answer(one, response, received.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function sendJson(response: ServerResponse, value: unknown, status = 200, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

/** A whole PNG of one white pixel. */
export const WHITE_PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==',
  'base64',
);

export const sampleAbout = {
  id: 'sample',
  title: 'Sample',
  aliases: [],
  auth: bearer('SAMPLE_API_KEY'),
} as const satisfies ProviderAbout;

export const sampleCard = {
  title: 'Sample 1',
  sizes: { kind: 'list', sizes: ['1x1', '2x1'] },
  formats: ['png'],
  qualities: { draft: 'low', hd: 'high' },
  styles: ['ink', 'oil'],
  backgrounds: ['opaque'],
  safety: { strict: 'hard' },
  seed: { min: 0, max: 9 },
  negativePrompt: { maxLength: 20 },
  maxImages: 1,
  maxPromptLength: 100,
  source: 'made for tests',
} as const satisfies ModelCard;

const optionsSchema = z.strictObject({ steps: z.optional(z.int()) });

/** Every field of a request by its own name, as the adapter was handed it. */
export const plainBody = ({ size, card: _, isStreaming: __, ...args }: RequestArgs<unknown>) => ({
  ...args,
  ...(size && { size: sizeText(size) }),
});

export const sampleParts = {
  about: sampleAbout,
  baseUrl: 'https://sample.invalid/v1',
  models: { 'sample-1': sampleCard } as Readonly<Record<string, ModelCard>>,
  defaultModel: 'sample-1',
  optionsSchema,
  toRequest: (args: RequestArgs<z.infer<typeof optionsSchema>>) => post('images', plainBody(args)),
  masks: maskFeature,
  responseSchema: z.object({ images: z.array(blob()) }),
  toImages: ({ images }: { images: Uint8Array[] }) => images.map((bytes) => ({ bytes })),
  errorSchema: z.object({ error: z.string() }),
  toError: ({ error }: { error: string }) => ({ message: error }),
};

export const sample = defineProvider(sampleParts);
