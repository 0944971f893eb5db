/** Measures servers in processes of their own: memory and event loop with large images, requests per second with small answers. */
import { type ChildProcess, fork } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type SERVERS, type ServerReport, TOKEN } from './child/image-server-facts.ts';

export type ServerKind = (typeof SERVERS)[number];

export interface MeasuredServer {
  readonly url: string;
  readonly report: (message?: 'watch' | 'report') => Promise<ServerReport>;
  readonly close: () => Promise<void>;
}

/** @param children the folder of `prepareChildren` */
export async function startMeasured(children: string, kind: ServerKind, vendorUrl = ''): Promise<MeasuredServer> {
  const child = fork(join(children, 'image-server.mjs'), [kind, vendorUrl], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const url = (await nextMessage(child)) as string;
  return {
    url,
    async report(message = 'report') {
      const reply = nextMessage(child);
      child.send(message);
      return (await reply) as ServerReport;
    },
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.disconnect();
      await ended;
    },
  };
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`the server ended with code ${code}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message);
    });
  });
}

/** Generates `parallel` images at the same time and reads the answers without keeping them. @returns the bytes of the answers */
export async function loadGenerations({ url }: MeasuredServer, parallel: number, model: string): Promise<number> {
  const answers = Array.from({ length: parallel }, async (_, index) => {
    const answer = await fetch(`${url}/v1/images/generations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: `A lighthouse in the fog, number ${index}`, model }),
    });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}: ${await answer.text()}`);
    let bytes = 0;
    for await (const chunk of answer.body!) bytes += chunk.length;

    return bytes;
  });
  return (await Promise.all(answers)).reduce((total, bytes) => total + bytes, 0);
}

export interface RepeatedRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  /** The status of every answer. @default 200 */
  readonly status?: number;
}

/** Sends the same request again and again over a few connections. @returns requests per second */
export async function loadRequests(
  { url }: MeasuredServer,
  { method, path, body = '', status: expected = 200 }: RepeatedRequest,
  { requests, connections }: { readonly requests: number; readonly connections: number },
): Promise<number> {
  const { hostname, port, host } = new URL(url);
  const head = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  const content = body === '' ? '' : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  const request = `${head}${content}\r\n${body}`;
  let left = requests;
  const startedAt = performance.now();
  const lane = async () => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    try {
      const answers = readAnswers(socket);
      while (left-- > 0) {
        socket.write(request);
        const { value: status } = await answers.next();
        if (status !== expected) throw new Error(`${method} ${path} was answered with ${status}`);
      }
    } finally {
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
  return requests / ((performance.now() - startedAt) / 1_000);
}

/** Yields the status of each answer when its body has arrived. */
async function* readAnswers(socket: Socket): AsyncGenerator<number, void, undefined> {
  let received: Buffer = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    for (;;) {
      const headEnd = received.indexOf('\r\n\r\n');
      if (headEnd === -1) break;
      const head = received.toString('latin1', 0, headEnd);
      const [, length] = /^content-length: (\d+)$/im.exec(head) ?? [];
      if (length === undefined) throw new Error(`an answer without Content-Length: ${head}`);
      const end = headEnd + 4 + Number(length);
      if (received.length < end) break;
      received = received.subarray(end);
      yield Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 '.length + 3));
    }
  }
}
