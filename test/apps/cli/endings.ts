/**
 * Checks that a paid image can be found again, however the command ends: a vendor whose images are distinguishable, and a search of every
 * place where they may be.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { openVendor, sendJson, type Vendor, WHITE_PNG } from '../../providers/kit/support/vendor.ts';
import { withCompileCache } from '../../support/temporary-root.ts';
import type { Imagen } from './process-support.ts';

const LAYER = new URL('./children/faulty-files.mjs', import.meta.url).href;
const HEADER_END = 33;

/** Returns a complete PNG that contains its number. @param bytes approximate size */
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
  /** Number of images in each reply, whatever was requested. @default as many as requested */
  readonly images?: number;
  /** Size of each image. @default 100 */
  readonly bytes?: number;
  /** Whether the last image is truncated. */
  readonly isCut?: boolean;
}

export interface Workplace extends AsyncDisposable {
  /** The folder in which the command runs. */
  readonly cwd: string;
  readonly home: string;
  readonly temporary: string;
  readonly vendor: Vendor;
  /** The images that the vendor charged for. */
  readonly paid: readonly string[];
  /** Resolves with the first request, before it is answered. */
  readonly asked: Promise<void>;
  readonly env: Readonly<Record<string, string>>;
}

let places = 0;

/** Opens a vendor, and separate folders for everything that is written. */
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
    ...withCompileCache(),
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
  /** A shell redirection after the command, e.g. `>&-`. */
  readonly redirect?: string;
  /** A shell line in which `"$@"` is the command. */
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
    exit: (code ?? signal) as number | string, // only one of two exclusive fields is set
    stdout: Buffer.concat(chunks.stdout),
    stderr: Buffer.concat(chunks.stderr).toString(),
  }));
  return { child, ended };
}

/** Finds each paid image: the paths of complete files that contain it, and `stdout`. */
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

/** Returns visible files that are not complete images. There must be none. */
export async function halfFiles({ cwd }: Workplace): Promise<readonly string[]> {
  const half: string[] = [];
  for (const path of await filesBelow(cwd)) {
    if (path.endsWith('.png') && !/\/\./.test(path.slice(cwd.length)) && !isWhole(await readFile(path)))
      half.push(path);
  }
  return half;
}

/** Checks that each paid image can be found and that one of its paths was printed. @returns a description of each fault */
export async function lost(place: Workplace, { stdout, stderr }: Ended): Promise<readonly string[]> {
  const output = `${stdout.toString()}${stderr}`;
  const wrong: string[] = [];
  for (const [name, places] of await whereIs(place.paid, place, stdout)) {
    if (places.length === 0) wrong.push(`${name} is lost`);
    else if (!places.some((path) => path === 'stdout' || output.includes(path)))
      wrong.push(`${name} is not told: ${places}`);
  }
  return wrong;
}
