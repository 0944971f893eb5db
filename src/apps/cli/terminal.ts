/** The two channels: standard output carries results and nothing else, standard error carries everything for people. */
import yoctoSpinner from 'yocto-spinner';

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
  /** Shows that something goes on: moving where someone watches, else not at all. */
  readonly working: (text: string) => Progress;
  /** A picture in the terminal, where it is one. @param make what is written for it */
  readonly picture: (make: () => Promise<string | undefined>) => Promise<void>;
}

export interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** @param conceal takes out what must never be shown */
export function createTerminal({ stdout, stderr }: Streams, conceal: (text: string) => string): Terminal {
  const isWatched = stderr.isTTY === true;
  const clean = (line: string) => withoutControls(conceal(line));
  return {
    notice: (line) => void stderr.write(`imagen: ${clean(line)}\n`),
    result: (line) => void stdout.write(`${clean(line)}\n`),
    document: (value) => void stdout.write(`${conceal(JSON.stringify(value, null, 2))}\n`),
    working: (text) => (isWatched ? moving(text, stderr as NodeJS.WriteStream) : STILL),
    async picture(make) {
      if (!isWatched) return;
      const text = await make();
      if (text !== undefined) stderr.write(`${text}\n`);
    },
  };
}

/** What a vendor or a file says must not move a cursor, set a title or hide what stands before it. */
export function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** A log is read later: that something went on is no news there. */
const STILL: Progress = { update: () => undefined, stop: () => undefined };

const BAR = 20;

/** `drawing ███████░░░░░ 60 %` */
export function withBar(text: string, fraction: number | undefined): string {
  if (fraction === undefined || !(fraction >= 0)) return text;
  const part = Math.min(fraction, 1);
  const full = Math.round(part * BAR);
  return `${text} ${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${Math.round(part * 100)} %`;
}

function moving(text: string, stream: NodeJS.WriteStream): Progress {
  const spinner = yoctoSpinner({ text, stream, handleSignals: false }).start();
  return {
    update(next, fraction) {
      spinner.text = withBar(next, fraction);
    },
    stop: () => void spinner.stop(),
  };
}
