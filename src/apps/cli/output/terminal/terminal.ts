/** Writes results to standard output and everything else to standard error. */
import yoctoSpinner, { type Spinner } from 'yocto-spinner';
import { createSafeStream, type SafeStream } from '../../system/safe-stream.ts';
import { escapeControls, withoutControls } from './controls.ts';

export interface ProgressLine {
  /** @param fraction from 0 to 1, if known */
  readonly update: (text: string, fraction?: number) => void;
  readonly stop: () => void;
}

/** Lines that are redrawn in place. */
export interface LiveTable {
  /** @param lines at most as many as fit on the screen are shown */
  readonly update: (lines: readonly string[]) => void;
}

export interface Terminal {
  /** Writes one line of the result. */
  readonly result: (line: string) => void;
  /** Writes the path of a saved image. Goes to standard error when standard output is closed. */
  readonly savedPath: (path: string) => void;
  /** Writes the result of `--json`. @param paths of saved images; they go to standard error when standard output is closed */
  readonly document: (value: unknown, paths?: readonly string[]) => void;
  /** Writes one line of JSON, for a command that reports changes while it runs. */
  readonly jsonLine: (value: unknown) => void;
  /** Shows lines on standard output and redraws them with every update. Only for a terminal. */
  readonly startTable: () => LiveTable;
  /** Writes the image itself, for `--out -`. @throws NodeJS.ErrnoException when it was not written completely */
  readonly bytes: (bytes: Uint8Array) => Promise<void>;
  /** Writes a line to standard error. */
  readonly notice: (line: string) => void;
  /** Writes a line of a log to standard error, without the name of the program. */
  readonly log: (line: string) => void;
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
    log: (line) => write(err, `${clean(line)}\n`),
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
    jsonLine(value) {
      isStdoutTaken = true;
      write(out, `${escapeControls(conceal(JSON.stringify(value)))}\n`);
    },
    startTable: () => liveTable(stdout, (text) => write(out, text), clean),
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

/** The cursor goes to the first line of the last update, and everything below it is cleared. */
function liveTable(
  stdout: NodeJS.WritableStream,
  write: (text: string) => void,
  clean: (line: string) => string,
): LiveTable {
  const { columns = 80 } = stdout as { readonly columns?: number };
  let drawn = 0;
  return {
    update(lines) {
      const { rows = 24 } = stdout as { readonly rows?: number };
      // A line that wraps, or a table higher than the screen, could not be redrawn.
      const shown = lines.slice(0, rows - 1).map((line) => [...clean(line)].slice(0, columns - 1).join(''));
      const back = drawn === 0 ? '' : `\u001b[${drawn}F\u001b[0J`;
      drawn = shown.length;
      write(`${back}${shown.map((line) => `${line}\n`).join('')}`);
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
