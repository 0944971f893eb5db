/**
 * Replaces every field of a vendor's replies to a paid request, one at a time, and checks that the image is still returned. Fields that
 * lead to the id, the link or the bytes are not replaced. They are recognized by their values, which occur in a later request or in the
 * image.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  AiImageError,
  CallContext,
  EditRequest,
  ImageGeneration,
  ImageRequest,
  MediaProvider,
} from '../../src/providers/protocol/index.ts';
import type { Conversation } from '../../src/testing/conversation.ts';
import { expandAny, fillIn, mapTree, toBase64, toCallValue } from '../../src/testing/expand.ts';

/** Values that replace a field. `undefined`: the field is removed. */
export const ODD_VALUES: readonly unknown[] = [
  null,
  'odd',
  12345,
  -1.5,
  '12',
  [],
  ['odd', null],
  {},
  { odd: 1 },
  undefined,
];

type Path = readonly (string | number)[];

interface Reply {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON with base64 in it; `undefined` for raw bytes. */
  readonly json: unknown;
  readonly bytes: Uint8Array | undefined;
  /** The images in it, in base64. */
  readonly images: ReadonlySet<string>;
}

/** A vendor on a real socket that plays one conversation after the other. */
export interface OddVendor {
  readonly origin: string;
  /** Sets the replies. The one at `oddAt` is sent once as `odd`, then as recorded. */
  readonly play: (replies: readonly Reply[], oddAt?: number, odd?: unknown) => void;
  readonly close: () => Promise<void>;
}

export async function startOddVendor(): Promise<OddVendor> {
  let replies: readonly Reply[] = [];
  let oddAt: number | undefined;
  let odd: unknown;
  const used = new Set<number>();
  const next = (line: string): number => {
    const all = replies.flatMap(({ method, path }, at) => (`${method} ${path}` === line ? [at] : []));
    return all.find((at) => !used.has(at)) ?? all.at(-1) ?? -1;
  };
  const server: Server = createServer((request, response) => {
    request.resume().on('end', () => {
      const at = next(`${request.method} ${request.url}`);
      const reply = replies[at];
      if (reply === undefined) {
        response.writeHead(418).end('not recorded');
        return;
      }
      const isOdd = at === oddAt && !used.has(at);
      used.add(at);
      const isJson = reply.bytes === undefined;
      response.writeHead(reply.status, { ...(isJson && { 'content-type': 'application/json' }), ...reply.headers });
      response.end(isJson ? JSON.stringify(isOdd ? odd : reply.json) : reply.bytes);
    });
  });
  server.on('upgrade', (_request, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    play(all, at, value) {
      replies = all;
      oddAt = at;
      odd = value;
      used.clear();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Returns the replies of a conversation as they are sent. */
export async function repliesOf(
  { exchanges }: Conversation,
  origin: string,
  apiKey: string,
): Promise<readonly Reply[]> {
  const place = { origin, apiKey };
  const images = new Set<string>();
  const filled = async (value: unknown) => {
    if (typeof value === 'string') return fillIn(value, place);
    const drawn = await expandAny(value);
    if (drawn === undefined) return undefined;
    const text = `${drawn.isDataUrl ? `data:${drawn.mediaType};base64,` : ''}${toBase64(drawn.bytes)}`;
    images.add(text);
    return text;
  };
  const all = await Promise.all(
    exchanges.map(async ({ request, response, times = 1 }): Promise<readonly Reply[]> => {
      const { status = 200, headers = {}, json, bytes } = response;
      const drawn = bytes === undefined || typeof bytes === 'string' ? undefined : await expandAny(bytes);
      const reply: Reply = {
        method: request.method,
        path: fillIn(request.path, place, encodeURIComponent),
        status,
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fillIn(value, place)])),
        json: await mapTree(json, filled),
        bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : drawn?.bytes,
        images,
      };
      return Array.from({ length: times }, () => reply);
    }),
  );
  return all.flat();
}

/** Returns every path of a tree, parents before their children. */
function pathsIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [...(path.length > 0 ? [path] : []), ...entries.flatMap(([key, each]) => pathsIn(each, [...path, key]))];
}

const valueAt = (tree: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | undefined)?.[key], tree);

/** Returns the tree with `value` at a path; `undefined` removes the field. */
function withValue(tree: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  const inside = withValue((tree as Record<string | number, unknown>)[key], rest, value);
  if (Array.isArray(tree))
    return tree.flatMap((each, at) => (at !== key ? [each] : inside === undefined ? [] : [inside]));
  const { [key]: _, ...others } = tree as Record<string | number, unknown>;
  return inside === undefined ? others : { ...others, [key]: inside };
}

/** Whether a leaf leads to the id, the link or the bytes: a later request contains it, or it contains the image. */
function isOnTheWay(leaf: unknown, paths: readonly string[], { images }: Reply): boolean {
  if (typeof leaf === 'number') return paths.some((path) => path.split(/[/?=&]/).includes(String(leaf)));
  if (typeof leaf !== 'string' || leaf.length < 2) return false;
  const asked = URL.canParse(leaf) ? new URL(leaf).pathname : leaf;
  return images.has(leaf) || paths.some((path) => path.includes(asked) || path.includes(encodeURIComponent(leaf)));
}

/** Returns the side fields of the first reply. @param replies the reply and those after it */
export function sideFields([reply, ...later]: readonly [Reply, ...Reply[]]): readonly Path[] {
  // A poll names the job, so the id in its reply is not a side field either.
  const paths = [...(reply.method === 'GET' ? [reply.path] : []), ...later.map(({ path }) => path)];
  const all = pathsIn(reply.json);
  const essential = all.filter((path) => isOnTheWay(valueAt(reply.json, path), paths, reply));
  const isIn = (path: Path) => essential.some((other) => path.every((key, at) => other[at] === key));
  // Other entries in a list with the image are images too; ComfyUI's history has the id as a key.
  const isNeighbour = (path: Path) => typeof path.at(-1) === 'number' && isIn(path.slice(0, -1));
  const isNamed = (path: Path) => paths.some((asked) => asked.split(/[/?=&]/).includes(String(path.at(-1))));
  return all.filter((path) => !isIn(path) && !isNeighbour(path) && !isNamed(path));
}

/** Fields with the status of a job. An unknown status cannot be distinguished from a running job. */
const STANDING = /status|state|queue/i;

export interface Walk {
  readonly provider: MediaProvider;
  readonly vendor: OddVendor;
  readonly conversation: Conversation;
  readonly replies: readonly Reply[];
  /** Whether a reply follows the paid request. */
  readonly isPaid: (at: number) => boolean;
  readonly values: readonly unknown[];
}

export interface Walked {
  readonly cases: number;
  /** Returns a line for each changed reply that lost the image. */
  readonly lost: readonly string[];
}

/** Plays a conversation once for every side field and odd value. */
export async function walk({ provider, vendor, conversation, replies, isPaid, values }: Walk): Promise<Walked> {
  const lost: string[] = [];
  let cases = 0;
  for (const [at, reply] of replies.entries()) {
    const { json, bytes, status } = reply;
    if (!isPaid(at) || bytes !== undefined || json === undefined || status >= 300) continue;
    for (const path of sideFields([reply, ...replies.slice(at + 1)])) {
      for (const value of values) {
        if (value === valueAt(json, path)) continue;
        cases += 1;
        vendor.play(replies, at, withValue(json, path, value));
        const outcome = await call(provider, conversation);
        const mayGoOn = STANDING.test(path.join('.')) && outcome.jobs > 0;
        if (outcome.images === 0 && !mayGoOn) {
          lost.push(
            `${conversation.title}: reply ${at}, ${path.join('.')} = ${JSON.stringify(value)}: ${outcome.words}`,
          );
        }
      }
    }
  }
  return { cases, lost };
}

interface Outcome {
  readonly images: number;
  /** Number of recorded jobs. */
  readonly jobs: number;
  readonly words: string;
}

/** Makes the call of a conversation. */
export async function call(provider: MediaProvider, { call: made }: Conversation): Promise<Outcome> {
  let jobs = 0;
  const context: CallContext = {
    deadlineMs: 5_000,
    onJob: () => {
      jobs += 1;
    },
  };
  try {
    const generation = await perform(provider, made, context);
    return { images: generation.images.length, jobs, words: generation.warnings.map(({ code }) => code).join(' ') };
  } catch (error) {
    const { code, message } = error as AiImageError;
    return { images: 0, jobs, words: `${code}: ${message}` };
  }
}

async function perform(
  provider: MediaProvider,
  made: Conversation['call'],
  context: CallContext,
): Promise<ImageGeneration> {
  if (made.method === 'generateImage') {
    const params = (await toCallValue(made.params ?? {})) as object;
    return provider.generate({ prompt: made.prompt, ...params }, context);
  }
  if (!('request' in made)) throw new TypeError(`${made.method} makes no image`);
  const request = (await toCallValue(made.request)) as ImageRequest & EditRequest;
  return made.method === 'edit' ? provider.edit(request, context) : provider.generate(request, context);
}
