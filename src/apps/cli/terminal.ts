/** The two channels: standard output carries results and nothing else, standard error carries everything for people. */
import yoctoSpinner, { type Spinner } from 'yocto-spinner';

export interface Progress {
  /** @param fraction from 0 to 1, where it is known */
  readonly update: (text: string, fraction?: number) => void;
  readonly stop: () => void;
}

export interface Terminal {
  /** A result. */
  readonly result: (line: string) => void;
  /** The one result of a command with `--json`. */
  readonly document: (value: unknown) => void;
  /** A line for a person. */
  readonly notice: (line: string) => void;
  /** Shows that something goes on: moving where someone watches, else in lines, where it takes long. */
  readonly working: (text: string) => Progress;
  /** A picture in the terminal, where it is one. @param make what is written for it, in so many columns */
  readonly picture: (make: (columns: number | undefined) => Promise<string>) => Promise<void>;
}

export interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
}

/** @param conceal takes out what must never be shown */
export function createTerminal({ stdout, stderr }: Streams, conceal: (text: string) => string): Terminal {
  const isWatched = stderr.isTTY === true;
  const clean = (line: string) => withoutControls(conceal(line));
  let spinner: Spinner | undefined;
  /** What moves makes room for a line, and comes again by itself. */
  const write = (stream: NodeJS.WritableStream, text: string) => {
    if (spinner?.isSpinning) spinner.clear();
    stream.write(text);
  };
  return {
    notice: (line) => write(stderr, `imagen: ${clean(line)}\n`),
    result: (line) => write(stdout, `${clean(line)}\n`),
    document: (value) => write(stdout, `${conceal(JSON.stringify(value, null, 2))}\n`),
    working(text) {
      if (!isWatched) return inLines((line) => write(stderr, `imagen: ${clean(line)}\n`));
      const moving = yoctoSpinner({ text, stream: stderr as NodeJS.WriteStream, handleSignals: false }).start();
      spinner = moving;
      return {
        update(next, fraction) {
          moving.text = clean(withBar(next, fraction));
        },
        stop: () => void moving.stop(),
      };
    },
    async picture(make) {
      if (!isWatched) return;
      write(
        stderr,
        `${await make(stderr.columns)}
`,
      );
    },
  };
}

/** What a vendor or a file says must not move a cursor, set a title or hide what stands before it. */
export function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u2028-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** A log is read later: what is over soon is no news there. */
const LINE_EVERY_MS = 5_000;

function inLines(notice: (line: string) => void): Progress {
  let saidAt = performance.now();
  let said = '';
  return {
    update(text, fraction) {
      const line = fraction === undefined ? text : `${text}, ${Math.round(fraction * 100)} %`;
      if (line === said || performance.now() - saidAt < LINE_EVERY_MS) return;
      [saidAt, said] = [performance.now(), line];
      notice(line);
    },
    stop: () => undefined,
  };
}

const BAR = 20;

/** `drawing ███████░░░░░ 60 %` */
export function withBar(text: string, fraction: number | undefined): string {
  if (fraction === undefined || !(fraction >= 0)) return text;
  const part = Math.min(fraction, 1);
  const full = Math.round(part * BAR);
  return `${text} ${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${Math.round(part * 100)} %`;
}
