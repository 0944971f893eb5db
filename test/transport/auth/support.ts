/** An API with a token server, a metadata server and a clock of its own, all on one real socket. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../../src/transport/flow/wait.ts';
import {
  type AuthStrategy,
  createTransport,
  type Transport,
  type TransportError,
} from '../../../src/transport/index.ts';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (seen: Seen, response: ServerResponse, nth: number) => void;

export interface AuthServer extends AsyncDisposable {
  readonly origin: string;
  readonly seen: readonly Seen[];
  /** Those to one path. */
  readonly at: (path: string) => readonly Seen[];
}

export async function openAuthServer(routes: Readonly<Record<string, Answer>>): Promise<AuthServer> {
  const seen: Seen[] = [];
  const counts = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = (request.url ?? '').split('?')[0] ?? '';
    const one = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    };
    seen.push(one);
    const nth = (counts.get(path) ?? 0) + 1;
    counts.set(path, nth);
    const answer = routes[path];
    if (answer) answer(one, response, nth);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    at: (path) => seen.filter((each) => each.path.split('?')[0] === path),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(
  response: ServerResponse,
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

/** The nth token, good for an hour unless said. */
export const token =
  (seconds = 3600): Answer =>
  (_, response, nth) =>
    json(response, { access_token: `token-${nth}-abcdefgh`, expires_in: seconds, token_type: 'Bearer' });

/** A clock that can be moved. */
export function movableClock(): Clock & { move: (ms: number) => void; set: (wallOffsetMs: number) => void } {
  let ahead = 0;
  let wall = 0;
  return {
    now: () => performance.now() + ahead,
    wallNow: () => Date.now() + ahead + wall,
    random: () => 0,
    move(ms) {
      ahead += ms;
    },
    set(ms) {
      wall = ms;
    },
  };
}

export const transportWith = (server: AuthServer, auth: AuthStrategy, clock?: Clock): Transport =>
  createTransport({ baseUrl: `${server.origin}/`, auth, ...(clock && { clock }), deadlineMs: 5_000 });

const call = {
  request: { method: 'POST', url: 'draw', body: { kind: 'json', value: { a: 1 } } },
  locate: () => [],
} as const;
export const draw = (transport: Transport, context = {}) => transport.generateImageBytes(call, context);

export async function failureOf(work: Promise<unknown>): Promise<TransportError> {
  return work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: TransportError) => error,
  );
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
export const serviceAccount = {
  type: 'service_account',
  client_email: 'painter@project.iam.gserviceaccount.com',
  private_key_id: 'kid-1',
  private_key: PEM,
  token_uri: 'https://oauth2.googleapis.com/token',
};
