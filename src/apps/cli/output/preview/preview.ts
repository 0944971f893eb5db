/** A picture in the terminal itself, where it can show one; and in its own program. */
import { spawn } from 'node:child_process';
import type { ImageFormat } from '../../../../index.ts';
import { decodePng, type Picture, PngError } from '../../../../providers/kit/image/png.ts';
import { type Colours, toHalfBlocks } from './half-blocks.ts';
import { fitInside, shrink } from './shrink.ts';
import { toSixels } from './sixel.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** How a terminal can be shown a picture, the best first. */
export type PreviewMeans = 'kitty' | 'iterm' | 'sixel' | 'blocks';

/** By what the terminal says of itself. @returns undefined: it shows text alone */
export function previewMeans(env: Environment): PreviewMeans | undefined {
  const { TERM = '', TERM_PROGRAM = '', KITTY_WINDOW_ID, LC_TERMINAL, TMUX, KONSOLE_VERSION } = env;
  if (TERM === 'dumb') return undefined;
  // What stands in between passes letters on, and no pictures; the terminal around it is not asked.
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
/** Letters and lines of a picture in letters: it should fit on a screen. */
const MOST_COLUMNS = 80;
const MOST_LINES = 40;
/** Pixels of a picture in sixels. */
const SIXELS = { width: 480, height: 480 };
/** Four bytes each while it is made smaller. */
const MOST_PIXELS = 32_000_000;

/** @param columns of the terminal @returns what is to be written for the picture, or in words why none is shown */
export async function previewOf(
  bytes: Uint8Array,
  format: ImageFormat,
  env: Environment,
  columns = MOST_COLUMNS,
): Promise<string> {
  const means = previewMeans(env);
  switch (means) {
    case undefined:
      return cannotShow('this terminal shows text alone');
    case 'iterm':
      // Source: iTerm2, "Inline Images Protocol".
      return `\u001b]1337;File=inline=1;size=${bytes.length};width=40:${toBase64(bytes)}\u0007`;
    default:
      // Nothing here decodes another format, and the protocol of kitty knows none. Source: kitty, "Terminal graphics protocol".
      if (format !== 'png') return cannotShow(`this terminal is shown PNG alone, and the picture is ${format}`);
      return means === 'kitty' ? toKitty(bytes) : await drawn(bytes, means, env, columns);
  }
}

const cannotShow = (why: string): string => `(no preview: ${why}; --open opens it in its program)`;

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

async function drawn(bytes: Uint8Array, means: 'sixel' | 'blocks', env: Environment, columns: number): Promise<string> {
  let picture: Picture;
  try {
    picture = await decodePng(bytes, { maxPixels: MOST_PIXELS });
  } catch (error) {
    if (error instanceof PngError) return cannotShow(error.message);
    throw error;
  }
  if (means === 'sixel') return toSixels(shrink(picture, fitInside(picture, SIXELS)));
  const room = { width: Math.max(1, Math.min(columns, MOST_COLUMNS)), height: 2 * MOST_LINES };
  return toHalfBlocks(shrink(picture, fitInside(picture, room)), coloursOf(env));
}

const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');

/** No shell: whatever the name holds is a name. Whether it opens is the program's own affair. */
export function openPicture(path: string): void {
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
