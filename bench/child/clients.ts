/** Three clients for the same images: raw `fetch`, the vendor's client, and this package. Each as a host would use it. */
import type OpenAI from 'openai';

export type Subject = 'raw' | 'openai' | 'ours';

/** Makes one call. @returns the bytes of the images */
export type Generate = () => Promise<readonly Uint8Array[]>;

export interface Target {
  /** `http://127.0.0.1:PORT/<kind>/<bytes>/<n>/v1` */
  readonly baseUrl: string;
  readonly n: number;
  /** The entry of this package, as a file URL. */
  readonly entry: string;
}

const API_KEY = 'sk-bench-0123456789';
const MODEL = 'gpt-image-2.5-flare';
const PROMPT = 'A lighthouse in the fog';

interface Reply {
  readonly data?: readonly { readonly b64_json?: string | undefined; readonly url?: string | undefined }[] | undefined;
}

export async function openClient(subject: Subject, target: Target): Promise<Generate> {
  switch (subject) {
    case 'raw':
      return openRaw(target);
    case 'openai':
      return openOpenAi(target);
    case 'ours':
      return openOurs(target);
    default:
      return subject satisfies never;
  }
}

function openRaw({ baseUrl, n }: Target): Generate {
  return async () => {
    const response = await fetch(`${baseUrl}/images/generations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, prompt: PROMPT, n }),
    });
    return toBytes(JSON.parse(await response.text()) as Reply);
  };
}

async function openOpenAi({ baseUrl, n }: Target): Promise<Generate> {
  const { default: Client }: { default: typeof OpenAI } = await import('openai');
  const client = new Client({ apiKey: API_KEY, baseURL: baseUrl, maxRetries: 0 });
  return async () => toBytes(await client.images.generate({ model: MODEL, prompt: PROMPT, n }));
}

async function openOurs({ baseUrl, n, entry }: Target): Promise<Generate> {
  const { createProvider }: typeof import('../../src/index.ts') = await import(entry);
  const provider = createProvider('openai', { apiKey: API_KEY, baseUrl });
  return async () => {
    const { images } = await provider.generate({ model: MODEL, prompt: PROMPT, n });
    return images.map(({ imageBytes }) => imageBytes);
  };
}

function toBytes({ data = [] }: Reply): Promise<Uint8Array[]> {
  return Promise.all(
    data.map(async ({ b64_json, url }) => {
      if (b64_json !== undefined) return Buffer.from(b64_json, 'base64');
      return new Uint8Array(await (await fetch(url ?? '')).arrayBuffer());
    }),
  );
}
