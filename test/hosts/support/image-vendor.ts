/** A server on 127.0.0.1 that replies as OpenAI's images API does, to browsers too, and an address where no server listens. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { StubProvider } from '../../../src/index.ts';
import { loopbackCertificate, loopbackKey } from '../../transport/platform/loopback-cert.ts';

export interface ImageVendor {
  readonly baseUrls: {
    readonly vendor: string;
    /** The same server over TLS, with `loopbackCertificate`. */
    readonly https: string;
    /** Connections to it are refused. */
    readonly closed: string;
  };
  close(): Promise<void>;
}

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*, authorization',
  'access-control-allow-methods': '*',
};

export async function startImageVendor(): Promise<ImageVendor> {
  const { imageBytes } = await new StubProvider().generateImage('a boat');
  const image = JSON.stringify({ data: [{ b64_json: Buffer.from(imageBytes).toString('base64') }] });
  const refusal = JSON.stringify({ error: { code: 'moderation_blocked', message: 'not allowed', type: 'user_error' } });
  const answer: RequestListener = async (request, response) => {
    if (request.method === 'OPTIONS') return response.writeHead(204, CORS).end();
    const { prompt } = JSON.parse(await bodyOf(request)) as { prompt: string };
    response.writeHead(prompt === 'refuse' ? 400 : 200, { ...CORS, 'content-type': 'application/json' });
    return response.end(prompt === 'refuse' ? refusal : image);
  };
  const servers = [createServer(answer), createTlsServer({ key: loopbackKey, cert: loopbackCertificate }, answer)];
  const [port, tlsPort] = await Promise.all(servers.map(listen));
  const unused = createServer();
  const closedPort = await listen(unused);
  await close(unused);
  return {
    baseUrls: {
      vendor: `http://127.0.0.1:${port}/v1`,
      https: `https://127.0.0.1:${tlsPort}/v1`,
      closed: `http://127.0.0.1:${closedPort}/v1`,
    },
    close: async () => void (await Promise.all(servers.map(close))),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

async function close(server: Server & { closeAllConnections?(): void }): Promise<void> {
  server.closeAllConnections?.();
  await new Promise((done) => server.close(done));
}
