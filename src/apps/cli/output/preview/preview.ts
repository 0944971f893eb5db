/** Shows an image in the terminal, or opens it in its default program. */
import { spawn } from 'node:child_process';
import type { ImageFormat } from '../../../../index.ts';
import { decodePng, PngError, type RgbaImage } from '../../../../providers/kit/image/png.ts';
import { fitInside, shrink } from '../../../../providers/kit/image/shrink.ts';
import { type Colours, toHalfBlocks } from './half-blocks.ts';
import { toSixels } from './sixel.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Ways to show an image in a terminal, the best first. */
export type PreviewProtocol = 'kitty' | 'iterm' | 'sixel' | 'blocks';

/** Detects the protocol from environment variables. @returns undefined for a terminal that shows text only */
export function previewProtocol(env: Environment): PreviewProtocol | undefined {
  const { TERM = '', TERM_PROGRAM = '', KITTY_WINDOW_ID, LC_TERMINAL, TMUX, KONSOLE_VERSION } = env;
  if (TERM === 'dumb') return undefined;
  // tmux and screen pass on text only, so the outer terminal does not matter.
  if (TMUX !== undefined || /^(?:screen|tmux)/.test(TERM)) return 'blocks';
  if (KITTY_WINDOW_ID !== undefined || /kitty|ghostty/i.test(TERM) || /ghostty/i.test(TERM_PROGRAM)) return 'kitty';
  if (/iTerm|WezTerm|mintty/i.test(TERM_PROGRAM) || LC_TERMINAL === 'iTerm2') return 'iterm';
  if (/^(?:foot|mlterm|contour|yaft)/.test(TERM) || Number(KONSOLE_VERSION) >= SIXEL_KONSOLE) return 'sixel';
  return 'blocks';
}

/** Konsole 22.04. Source: its release notes. */
const SIXEL_KONSOLE = 220_400;

export const coloursOf = ({ COLORTERM = '' }: Environment): Colours =>
  /truecolor|24bit/i.test(COLORTERM) ? '24bit' : '256';

const CHUNK = 4096;
/** Size of an image in half blocks, in characters and lines. It should fit on a screen. */
const MAX_COLUMNS = 80;
const MAX_LINES = 40;
/** Size of an image in sixels, in pixels. */
const SIXEL_SIZE = { width: 480, height: 480 };
/** Largest image that is decoded; each pixel takes four bytes of memory. */
const MAX_PIXELS = 32_000_000;

/** @param columns of the terminal @returns the text to write, or a sentence that says why there is no preview */
export async function previewOf(
  bytes: Uint8Array,
  format: ImageFormat,
  env: Environment,
  columns = MAX_COLUMNS,
): Promise<string> {
  const protocol = previewProtocol(env);
  switch (protocol) {
    case undefined:
      return cannotShow('this terminal shows text only');
    case 'iterm':
      // Source: iTerm2, "Inline Images Protocol".
      return `\u001b]1337;File=inline=1;size=${bytes.length};width=40:${toBase64(bytes)}\u0007`;
    default:
      // Other formats cannot be decoded here, and the kitty protocol has none. Source: kitty, "Terminal graphics protocol".
      if (format !== 'png') return cannotShow(`this terminal shows PNG only, and the image is ${format}`);
      return protocol === 'kitty' ? toKitty(bytes) : await toPixelPreview(bytes, protocol, env, columns);
  }
}

const cannotShow = (why: string): string => `(no preview: ${why}. To open the image in its default program: --open)`;

function toKitty(bytes: Uint8Array): string {
  const base64 = toBase64(bytes);
  const count = Math.ceil(base64.length / CHUNK);
  const chunks = Array.from({ length: count }, (_, at) => base64.slice(at * CHUNK, (at + 1) * CHUNK));
  return chunks
    .map((chunk, at) => {
      const isLast = at === chunks.length - 1;
      const control = `${at === 0 ? 'a=T,f=100,c=40,' : ''}m=${isLast ? 0 : 1}`;
      return `\u001b_G${control};${chunk}\u001b\\`;
    })
    .join('');
}

async function toPixelPreview(
  bytes: Uint8Array,
  protocol: 'sixel' | 'blocks',
  env: Environment,
  columns: number,
): Promise<string> {
  let image: RgbaImage;
  try {
    image = await decodePng(bytes, { maxPixels: MAX_PIXELS });
  } catch (error) {
    if (error instanceof PngError) return cannotShow(error.message);
    throw error;
  }
  if (protocol === 'sixel') return toSixels(await shrink(image, fitInside(image, SIXEL_SIZE)));
  const maxSize = { width: Math.max(1, Math.min(columns, MAX_COLUMNS)), height: 2 * MAX_LINES };
  return toHalfBlocks(await shrink(image, fitInside(image, maxSize)), coloursOf(env));
}

const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');

/** Opens a file or an address. Runs without a shell, so that no character of it is special. Failures to open are ignored. */
export function openInDefaultProgram(path: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', path]
      : process.platform === 'win32'
        ? ['explorer.exe', path]
        : ['xdg-open', path];
  const child = spawn(command ?? 'xdg-open', args, { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined);
  child.unref();
}
