/** A paid image must be found again, whatever ends: a vendor that tells its images apart, and a search of every place they may be in. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { openVendor, sendJson, type Vendor, WHITE_PNG } from '../../providers/kit/support/vendor.ts';
import type { Imagen } from './process-support.ts';

const LAYER = new URL('./children/faulty-files.mjs', import.meta.url).href;
const HEADER_END = 33;

/** A whole PNG that says which one it is. @param bytes about how many */
function namedPng(name: string, bytes: number): Buffer {
  const text = Buffer.from(`Comment\0${name}${'.'.repeat(bytes)}`);
  const chunk = Buffer.alloc(text.length + 12);
  chunk.writeUInt32BE(text.length);
  chunk.write('tEXt', 4);
  text.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + text.length)), 8 + text.length);
  return Buffer.concat([WHITE_PNG.subarray(0, HEADER_END), chunk, WHITE_PNG.subarray(HEADER_END)]);
}

export interface PaidOptions {
  /** In each answer, whatever was asked for. @default as many as were asked for */
  readonly images?: number;
  /** Of each image. @default 100 */
  readonly bytes?: number;
  /** The last of the images is cut off. */
  readonly isCut?: boolean;
}

export interface Workplace extends AsyncDisposable {
  /** The folder in which the command runs. */
  readonly cwd: string;
  readonly home: string;
  readonly temporary: string;
  readonly vendor: Vendor;
  /** What the vendor was paid for. */
  readonly paid: readonly string[];
  /** Resolves with the first request, before it is answered. */
  readonly asked: Promise<void>;
  readonly env: Readonly<Record<string, string>>;
}

let places = 0;

/** A vendor, and folders of their own for everything that is written. */
export async function openWorkplace({ images, bytes = 100, isCut = false }: PaidOptions = {}): Promise<Workplace> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'imagen-endings-')));
  const [cwd, home, temporary] = ['work', 'home', 'temporary'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [cwd, home, temporary]) await mkdir(folder);
  const paid: string[] = [];
  const request = Promise.withResolvers<void>();
  const place = `w${++places}`;
  const armed = join(root, 'armed');
  const vendor = await openVendor(async ({ body }, response) => {
    request.resolve();
    const asked = Number(/"n":(\d+)/.exec(body)?.[1] ?? 1);
    const data = Array.from({ length: images ?? asked }, () => {
      const name = `paid-${place}-${paid.length}-`;
      paid.push(name);
      const png = namedPng(name, bytes);
      return { b64_json: (isCut ? png.subarray(0, png.length - 5) : png).toString('base64') };
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    writeFileSync(armed, '');
    sendJson(response, { data });
  });
  const env = {
    ...{ HOME: home, TMPDIR: temporary, OPENAI_API_KEY: 'sk-canary-0123456789abcdef', OPENAI_BASE_URL: vendor.url },
    ...{ PATH: process.env.PATH ?? '', FAULTS_ARMED: armed },
  };
  return {
    ...{ cwd, home, temporary, vendor, paid, asked: request.promise, env },
    async [Symbol.asyncDispose]() {
      await vendor[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    },
  };
}

export interface Faults {
  readonly at?: number;
  readonly code?: string;
  readonly stays?: boolean;
  readonly full?: readonly string[];
  readonly operations?: readonly string[];
  readonly throws?: boolean;
  readonly signal?: string;
  readonly plant?: true;
}

export interface Ended {
  readonly exit: number | string;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface StartOptions {
  readonly faults?: Faults;
  /** What a shell writes behind the command, e.g. `>&-`. */
  readonly redirect?: string;
  /** A line of a shell in which the command is `"$@"`. */
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function start(
  { main }: Imagen,
  place: Workplace,
  args: readonly string[],
  options: StartOptions = {},
): Running {
  const { faults, redirect, env = {} } = options;
  const { shell = redirect === undefined ? undefined : `"$@" ${redirect}; exit $PIPESTATUS` } = options;
  const node = [process.execPath, ...(faults ? ['--import', LAYER] : []), main, ...args];
  const whole = shell === undefined ? node : ['/bin/bash', '-c', shell, 'bash', ...node];
  const child = spawn(whole[0] ?? '', whole.slice(1), {
    cwd: place.cwd,
    env: { ...place.env, ...(faults && { FAULTS: JSON.stringify(faults) }), ...env },
  });
  const chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (chunk: Buffer) => chunks[name].push(chunk));
  const ended = once(child, 'close').then(([code, signal]) => ({
    exit: (code ?? signal) as number | string, // of two that exclude each other
    stdout: Buffer.concat(chunks.stdout),
    stderr: Buffer.concat(chunks.stderr).toString(),
  }));
  return { child, ended };
}

/** Where each paid image is: the paths of whole files that hold it, and `stdout`. */
export async function whereIs(
  names: readonly string[],
  { cwd, home, temporary }: Workplace,
  stdout: Uint8Array = new Uint8Array(),
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>(names.map((name) => [name, []]));
  const look = (bytes: Buffer, place: string) => {
    if (!isWhole(bytes)) return;
    for (const name of names) if (bytes.includes(name)) found.get(name)?.push(place);
  };
  look(Buffer.from(stdout), 'stdout');
  for (const folder of [cwd, home, temporary]) {
    for (const path of await filesBelow(folder)) look(await readFile(path), path);
  }
  return found;
}

const END = WHITE_PNG.subarray(-12);
const isWhole = (bytes: Buffer): boolean =>
  bytes.subarray(1, 4).toString() === 'PNG' && bytes.subarray(-12).equals(END);

export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Files that a person sees and that are no whole image: there must be none. */
export async function halfFiles({ cwd }: Workplace): Promise<readonly string[]> {
  const half: string[] = [];
  for (const path of await filesBelow(cwd)) {
    if (path.endsWith('.png') && !/\/\./.test(path.slice(cwd.length)) && !isWhole(await readFile(path)))
      half.push(path);
  }
  return half;
}

/** Fails where a paid image is nowhere, or where none of its places was told. @returns in words what is wrong with each */
export async function lost(place: Workplace, { stdout, stderr }: Ended): Promise<readonly string[]> {
  const told = `${stdout.toString()}${stderr}`;
  const wrong: string[] = [];
  for (const [name, places] of await whereIs(place.paid, place, stdout)) {
    if (places.length === 0) wrong.push(`${name} is lost`);
    else if (!places.some((path) => path === 'stdout' || told.includes(path)))
      wrong.push(`${name} is not told: ${places}`);
  }
  return wrong;
}
