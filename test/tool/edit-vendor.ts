/** A vendor with the API of OpenAI on a real socket. It keeps the forms that it gets. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createOpenAI } from '../../src/providers/openai/index.ts';

export interface ReceivedEdit {
  readonly prompt: string;
  readonly images: readonly Uint8Array[];
  readonly mask: Uint8Array | undefined;
}

export async function startEditVendor(image: () => Uint8Array) {
  const received: ReceivedEdit[] = [];
  const server = createServer(async (request, response) => {
    received.push(await readEdit(request));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ created: 1, data: [{ b64_json: Buffer.from(image()).toString('base64') }] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    received,
    provider: createOpenAI({ apiKey: 'sk-test', baseUrl: `http://127.0.0.1:${port}` }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readEdit(request: IncomingMessage): Promise<ReceivedEdit> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  const form = await new Response(Buffer.concat(chunks), { headers }).formData();
  const files = [...form].filter((entry): entry is [string, File] => typeof entry[1] !== 'string');
  const read = await Promise.all(
    files.map(async ([name, file]) => [name, new Uint8Array(await file.arrayBuffer())] as const),
  );
  return {
    prompt: String(form.get('prompt')),
    images: read.filter(([name]) => name.startsWith('image')).map(([, bytes]) => bytes),
    mask: read.find(([name]) => name === 'mask')?.[1],
  };
}
