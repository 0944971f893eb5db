/** Writes results to standard output and everything else to standard error. */
import yoctoSpinner, { type Spinner } from 'yocto-spinner';
import { createSafeStream, type SafeStream } from '../../system/safe-stream.ts';
import { escapeControls, withoutControls } from './controls.ts';

export interface ProgressLine {
  /** @param fraction from 0 to 1, if known */
  readonly update: (text: string, fraction?: number) => void;
  readonly stop: () => void;
}

export interface Terminal {
  /** Writes one line of the result. */
  readonly result: (line: string) => void;
  /** Writes the path of a saved image. Goes to standard error when standard output is closed. */
  readonly savedPath: (path: string) => void;
  /** Writes the result of `--json`. @param paths of saved images; they go to standard error when standard output is closed */
  readonly document: (value: unknown, paths?: readonly string[]) => void;
  /** Writes the image itself, for `--out -`. @throws NodeJS.ErrnoException when it was not written completely */
  readonly bytes: (bytes: Uint8Array) => Promise<void>;
  /** Writes a line to standard error. */
  readonly notice: (line: string) => void;
  /** Writes a notice the first time only. */
  readonly noticeOnce: (line: string) => void;
  /** Writes a notice about something that may have been charged. Goes to standard output when standard error is closed. */
  readonly alert: (line: string) => void;
  /** Shows progress: a spinner in a terminal, else a line every few seconds. */
  readonly startProgress: (text: string) => ProgressLine;
  /** Shows an image, if standard error is a terminal. @param make returns the text for a number of columns */
  readonly image: (make: (columns: number | undefined) => Promise<string>) => Promise<void>;
  /** Resolves when everything is written. */
  readonly settled: () => Promise<void>;
}

export interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  /** Milliseconds, for the interval between progress lines. @default performance.now */
  readonly now?: () => number;
}

/** @param conceal removes secrets from a text */
export function createTerminal(
  { stdout, stderr, now = () => performance.now() }: Streams,
  conceal: (text: string) => string,
): Terminal {
  const isTerminal = stderr.isTTY === true;
  const clean = (line: string) => withoutControls(conceal(line));
  const [out, err] = [createSafeStream(stdout), createSafeStream(stderr)];
  let spinner: Spinner | undefined;
  /** Clears the spinner before a line; it draws itself again. */
  const write = (outlet: SafeStream, text: string, onLost?: () => void) => {
    if (spinner?.isSpinning) spinner.clear();
    outlet.write(text, onLost);
  };
  const notice = (line: string, onLost?: () => void) => write(err, `imagen: ${clean(line)}\n`, onLost);
  const noticeSaved = (path: string) => notice(`saved ${path} (could not write to standard output)`);
  const given = new Set<string>();
  const lostAlerts: string[] = [];
  /** Standard output has a document or an image, which another line would break. */
  let isStdoutTaken = false;
  return {
    notice: (line) => notice(line),
    noticeOnce(line) {
      if (!given.has(line)) notice(line);
      given.add(line);
    },
    alert: (line) => notice(line, () => lostAlerts.push(line)),
    result: (line) => write(out, `${clean(line)}\n`),
    savedPath: (path) => write(out, `${clean(path)}\n`, () => noticeSaved(path)),
    document(value, paths = []) {
      isStdoutTaken = true;
      write(out, `${escapeControls(conceal(JSON.stringify(value, null, 2)))}\n`, () => {
        for (const path of paths) noticeSaved(path);
      });
    },
    bytes(bytes) {
      isStdoutTaken = true;
      return out.writeBytes(bytes);
    },
    async settled() {
      await out.settled();
      await err.settled();
      if (!isStdoutTaken) for (const line of lostAlerts.splice(0)) write(out, `imagen: ${clean(line)}\n`);
      await out.settled();
    },
    startProgress(text) {
      if (!isTerminal) return progressLines((line) => notice(line), now);
      const started = yoctoSpinner({
        text: clean(text),
        stream: stderr as NodeJS.WriteStream,
        handleSignals: false,
      }).start();
      spinner = started;
      return {
        update(next, fraction) {
          started.text = clean(withBar(next, fraction));
        },
        stop: () => void started.stop(),
      };
    },
    async image(make) {
      if (!isTerminal) return;
      const text = await make(stderr.columns);
      write(err, `${text}\n`);
    },
  };
}

/** A log gets a progress line only for work that takes this long. */
const LINE_INTERVAL_MS = 5_000;

function progressLines(notice: (line: string) => void, now: () => number): ProgressLine {
  let lastAt = now();
  let last = '';
  return {
    update(text, fraction) {
      const line = fraction === undefined ? text : `${text}, ${Math.round(fraction * 100)} %`;
      if (line === last || now() - lastAt < LINE_INTERVAL_MS) return;
      [lastAt, last] = [now(), line];
      notice(line);
    },
    stop: () => undefined,
  };
}

const BAR_LENGTH = 20;

/** Returns e.g. `generating ███████░░░░░ 60 %`. */
export function withBar(text: string, fraction: number | undefined): string {
  if (fraction === undefined || !(fraction >= 0)) return text;
  const part = Math.min(fraction, 1);
  const full = Math.round(part * BAR_LENGTH);
  return `${text} ${'█'.repeat(full)}${'░'.repeat(BAR_LENGTH - full)} ${Math.round(part * 100)} %`;
}
