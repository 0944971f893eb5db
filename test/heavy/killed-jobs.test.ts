/**
 * For vendors with jobs: a host app is killed at each step between the submit and the saved image. Another process, which has only the
 * handle and the key, resumes the job and saves the image. The server has received one submit.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSketch } from '../../src/testing/index.ts';
import { childArguments } from '../faults/support.ts';
import { type Step, shapeOf, type VendorShape } from '../faults/vendor-shapes.ts';

const SHAPES = ['fal', 'bfl', 'replicate'].map(shapeOf);

/** When the host app is killed, and what the server does until then. */
interface Death {
  readonly title: string;
  /** The first request of this step gets no reply, or the file breaks off in the middle. */
  readonly stopsAt?: Step;
  readonly saveDelayMs?: number;
}

const DEATHS: readonly Death[] = [
  { title: 'after the submit, before the first poll', stopsAt: 'poll' },
  { title: 'when the job was done, before the image arrived', stopsAt: 'result' },
  { title: 'in the middle of the download', stopsAt: 'file' },
  { title: 'with the received image, before it was saved', saveDelayMs: 15_000 },
];

let folder: string;
let png: Buffer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ai-image-killed-'));
  png = Buffer.from(await encodeSketch({ $image: 'png', width: 256, height: 256 }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A vendor that stops once at the given step, and works from then on. */
async function openVendor(shape: VendorShape, stopsAt: Step | undefined) {
  const steps: Step[] = [];
  const stopped: ServerResponse[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    const step = url.startsWith('/files/') ? 'file' : shape.stepOf(method, url.split('?')[0] ?? '');
    steps.push(step);
    const { port } = server.address() as AddressInfo;
    const isFirst = steps.filter((each) => each === step).length === 1;
    request.resume().on('end', () => {
      if (step === stopsAt && isFirst) {
        stopped.push(response);
        if (step === 'file') {
          response.writeHead(200, { 'content-type': 'image/png', 'content-length': png.length });
          response.write(png.subarray(0, png.length / 2));
        }
      } else if (step === 'file') response.writeHead(200, { 'content-type': 'image/png' }).end(png);
      else {
        const isOver = !(isFirst && stopsAt === undefined);
        const body = answer(step, `http://127.0.0.1:${port}`, isOver);
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      }
    });
  });
  const answer = (step: Step, origin: string, isOver: boolean): object => {
    const link = `${origin}/files/0.png`;
    if (step === 'aside') return {};
    if (step === 'submit') return shape.submitted(origin);
    return step === 'result' ? (shape.result?.(link) ?? {}) : shape.standing(isOver ? 'done' : 'running', link, origin);
  };
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    steps,
    isStopped: () => stopped.length > 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => {
        server.close(done);
      });
    },
  };
}

/** Starts a host app. @returns its exit and its output */
function startHost(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, childArguments('draw-and-save.ts'), {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 120_000,
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const gone = new Promise<number | null>((done) => child.on('close', done));
  return { child, gone, hasDrawn: () => said.includes('drawn') };
}

async function until(isTime: () => boolean): Promise<void> {
  const end = performance.now() + 60_000;
  while (!isTime()) {
    if (performance.now() > end) throw new Error('it never came to that');
    await new Promise((done) => setTimeout(done, 5));
  }
}

describe.each(SHAPES)('a host app that generates with $id and is killed', { concurrent: true }, (shape) => {
  // A vendor that sends the image with the poll reply has no step in between.
  const deaths = DEATHS.filter(({ stopsAt }) => stopsAt !== 'result' || shape.id === 'fal');

  it.each(deaths)(
    '$title: another process fetches the image, with one submit in total',
    async ({ stopsAt, saveDelayMs = 0, title }) => {
      await using vendor = await openVendor(shape, stopsAt);
      const name = join(folder, `${shape.id}-${title.replaceAll(' ', '-')}`);
      const env = {
        PROVIDER: shape.id,
        MODEL: shape.model,
        BASE_URL: vendor.origin + shape.base,
        JOURNAL: `${name}.jsonl`,
      };

      const first = startHost({ ...env, SAVED: `${name}-first.png`, SAVE_DELAY_MS: String(saveDelayMs) });
      await until(() => (stopsAt === undefined ? first.hasDrawn() : vendor.isStopped()));
      first.child.kill('SIGKILL');
      await first.gone;
      const [handle = '', ...others] = (await readFile(`${name}.jsonl`, 'utf8')).trim().split('\n');
      const second = startHost({ ...env, SAVED: `${name}.png`, HANDLE: handle });

      expect(await second.gone).toBe(0);
      expect(others).toEqual([]);
      expect(png.equals(await readFile(`${name}.png`))).toBe(true);
      await expect(readFile(`${name}-first.png`)).rejects.toMatchObject({ code: 'ENOENT' });
      expect(vendor.steps.filter((step) => step === 'submit')).toHaveLength(1);
    },
  );
});

it('the counter finds a second submit when a host app starts again', async () => {
  const [shape] = SHAPES;
  await using vendor = await openVendor(shape!, undefined);
  const env = {
    PROVIDER: shape!.id,
    MODEL: shape!.model,
    BASE_URL: vendor.origin,
    JOURNAL: join(folder, 'anew.jsonl'),
  };
  for (const name of ['one', 'two']) await startHost({ ...env, SAVED: join(folder, `anew-${name}.png`) }).gone;

  expect(vendor.steps.filter((step) => step === 'submit')).toHaveLength(2);
});
