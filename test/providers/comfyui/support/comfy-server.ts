/**
 * A fake ComfyUI server on a loopback socket: queue, history, files, and a WebSocket with binary previews. The test controls it step by
 * step.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { encodeSketch } from '../../../../src/testing/index.ts';

type Graph = Record<string, { readonly class_type: string; readonly inputs: Record<string, unknown> }>;

export interface Job {
  readonly id: string;
  readonly graph: Graph;
  readonly clientId: string;
  readonly extra: Record<string, unknown>;
  standing: 'pending' | 'running' | 'over';
  outputs: object;
  status: object;
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly json: Record<string, unknown> | undefined;
}

export interface ComfyOptions {
  /** What happens with a job once it is queued. */
  readonly run?: (job: Job, server: ComfyServer) => void | Promise<void>;
  /** The upgrade is refused. */
  readonly hasNoSocket?: boolean;
  /** Events are sent before the reply to the submit. */
  readonly answersLate?: boolean;
}

export interface ComfyServer extends AsyncDisposable {
  readonly origin: string;
  readonly seen: readonly Seen[];
  readonly jobs: readonly Job[];
  /** The request headers of each socket. */
  readonly upgrades: readonly IncomingMessage['headers'][];
  /** Sends an event to the client that queued the job. */
  readonly tell: (job: Job, type: string, data?: object) => void;
  readonly show: (job: Job, bytes: Uint8Array) => void;
  readonly begin: (job: Job) => void;
  /** Saves the image, adds the job to the history, and sends the event. */
  readonly finish: (job: Job) => void;
  readonly fail: (job: Job, type: string, message: string) => void;
  readonly breakLines: () => void;
  readonly at: (path: string) => readonly Seen[];
}

export const savedImage = await encodeSketch({ $image: 'png', width: 64, height: 64 });
export const preview = await encodeSketch({ $image: 'jpeg', width: 16, height: 16 });

const word = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
/** As older servers send them: without the id of the job. */
export const plainPreview = Buffer.concat([word(1), word(1), preview]);
export function previewOf(id: string): Buffer {
  const words = Buffer.from(JSON.stringify({ node_id: '3', prompt_id: id, image_type: 'image/jpeg' }));
  return Buffer.concat([word(4), word(words.length), words, preview]);
}

export async function openComfyServer({ run, hasNoSocket, answersLate }: ComfyOptions = {}): Promise<ComfyServer> {
  const seen: Seen[] = [];
  const jobs: Job[] = [];
  const upgrades: IncomingMessage['headers'][] = [];
  const lines = new Map<string, WebSocket>();

  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const isJson = request.headers['content-type'] === 'application/json';
    const one: Seen = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      json: isJson ? (JSON.parse(body) as Record<string, unknown>) : undefined,
    };
    seen.push(one);
    await answer(one, response);
  });
  const sockets = new WebSocketServer({ noServer: true });
  http.on('upgrade', (request, socket, head) => {
    if (hasNoSocket) return void socket.destroy();
    upgrades.push(request.headers);
    sockets.handleUpgrade(request, socket, head, (line) => {
      const clientId = new URL(request.url ?? '', 'http://x').searchParams.get('clientId') ?? '';
      lines.set(clientId, line);
      line.send(
        JSON.stringify({ type: 'status', data: { status: { exec_info: { queue_remaining: 0 } }, sid: clientId } }),
      );
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));

  const server: ComfyServer = {
    origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    seen,
    jobs,
    upgrades,
    at: (path) => seen.filter((each) => each.path.split('?')[0] === path),
    tell: ({ id, clientId }, type, data = {}) =>
      lines.get(clientId)?.send(JSON.stringify({ type, data: { prompt_id: id, ...data } })),
    show: ({ clientId }, bytes) => lines.get(clientId)?.send(bytes),
    begin(job) {
      job.standing = 'running';
      server.tell(job, 'execution_start', { timestamp: Date.now() });
    },
    finish(job) {
      const images = [{ filename: `${job.id}.png`, subfolder: '', type: 'output' }];
      end(job, { '9': { images } }, { status_str: 'success', completed: true, messages: [] });
      server.tell(job, 'execution_success', { timestamp: Date.now() });
    },
    fail(job, type, message) {
      const about = { prompt_id: job.id, node_id: '3', node_type: 'KSampler', exception_type: type };
      const messages = [['execution_error', { ...about, exception_message: message }]];
      end(job, {}, { status_str: 'error', completed: false, messages });
      server.tell(job, 'execution_error', { ...about, exception_message: message, traceback: [] });
    },
    breakLines() {
      for (const line of lines.values()) line.terminate();
    },
    async [Symbol.asyncDispose]() {
      server.breakLines();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };

  function end(job: Job, outputs: object, status: object): void {
    Object.assign(job, { standing: 'over', outputs, status });
  }

  async function answer({ method, path, json }: Seen, response: ServerResponse): Promise<void> {
    const reply = (value: unknown) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    const [, folder = '', id = ''] = path.split(/[/?]/);
    const entry = (job: Job) => [jobs.indexOf(job), job.id, job.graph, job.extra, ['9']];
    const standing = (wanted: Job['standing']) => jobs.filter((each) => each.standing === wanted).map(entry);
    switch (`${method} /${folder}`) {
      case 'GET /object_info': {
        const names = [
          'CheckpointLoaderSimple',
          'EmptyLatentImage',
          'CLIPTextEncode',
          'KSampler',
          'VAEDecode',
          'SaveImage',
        ];
        return reply(Object.fromEntries(names.map((name) => [name, { input: {} }])));
      }
      case 'POST /prompt': {
        const {
          prompt,
          client_id: clientId,
          extra_data: extra,
        } = json as unknown as {
          prompt: Graph;
          client_id: string;
          extra_data: Record<string, unknown>;
        };
        const job: Job = {
          id: `00000000-0000-4000-8000-00000000000${jobs.length}`,
          graph: prompt,
          clientId,
          extra,
          standing: 'pending',
          outputs: {},
          status: {},
        };
        jobs.push(job);
        const running = Promise.resolve(run?.(job, server));
        if (answersLate) await running;
        return reply({ prompt_id: job.id, number: jobs.length, node_errors: {} });
      }
      case 'GET /queue':
        return reply({ queue_running: standing('running'), queue_pending: standing('pending') });
      case 'GET /history': {
        const job = jobs.find((each) => each.id === id && each.standing === 'over');
        return reply(job ? { [job.id]: { prompt: entry(job), outputs: job.outputs, status: job.status } } : {});
      }
      case 'GET /view':
        return void response.writeHead(200, { 'content-type': 'image/png' }).end(savedImage);
      default:
        return reply({});
    }
  }
  return server;
}
