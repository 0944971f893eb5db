/** A picture in the terminal itself, where it can show one; and in its own program. */
import { spawn } from 'node:child_process';
import type { ImageFormat } from '../../index.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the terminal understands, by what it says of itself. */
export function inlineProtocol(env: Environment): 'kitty' | 'iterm' | undefined {
  const { TERM = '', TERM_PROGRAM = '', KITTY_WINDOW_ID, LC_TERMINAL } = env;
  if (KITTY_WINDOW_ID !== undefined || /kitty|ghostty/i.test(TERM) || /ghostty/i.test(TERM_PROGRAM)) return 'kitty';
  if (/iTerm|WezTerm|mintty/i.test(TERM_PROGRAM) || LC_TERMINAL === 'iTerm2') return 'iterm';
  return undefined;
}

const CHUNK = 4096;

/** @returns what is to be written for the picture; `undefined` where the terminal shows none */
export async function previewOf(bytes: Uint8Array, format: ImageFormat, env: Environment): Promise<string | undefined> {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
  switch (inlineProtocol(env)) {
    case 'kitty': {
      // Of all formats this protocol knows PNG alone. Source: kitty, "Terminal graphics protocol".
      if (format !== 'png') return undefined;
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
    case 'iterm':
      // Source: iTerm2, "Inline Images Protocol".
      return `\u001b]1337;File=inline=1;size=${bytes.length};width=40:${base64}\u0007`;
    default:
      return undefined;
  }
}

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
