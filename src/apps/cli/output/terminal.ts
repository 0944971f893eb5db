/** The two channels: standard output carries results and nothing else, standard error carries everything for people. */
import yoctoSpinner, { type Spinner } from 'yocto-spinner';
import { createOutlet, type Outlet } from '../system/outlet.ts';

export interface ProgressLine {
  /** @param fraction from 0 to 1, where it is known */
  readonly update: (text: string, fraction?: number) => void;
  readonly stop: () => void;
}

export interface Terminal {
  /** A result. */
  readonly result: (line: string) => void;
  /** The path of a saved image: a result that is told on standard error when standard output is gone. */
  readonly place: (path: string) => void;
  /** The one result of a command with `--json`. @param places told on standard error when standard output is gone */
  readonly document: (value: unknown, places?: readonly string[]) => void;
  /** The image itself, for `--out -`. @throws NodeJS.ErrnoException standard output did not take all of it */
  readonly bytes: (bytes: Uint8Array) => Promise<void>;
  /** A line for a person. */
  readonly notice: (line: string) => void;
  /** A notice that is given once, however often it comes up. */
  readonly noticeOnce: (line: string) => void;
  /** A notice about something that was paid for: told on standard output when standard error is gone. */
  readonly alert: (line: string) => void;
  /** Shows that something goes on: moving where someone watches, else in lines, where it takes long. */
  readonly working: (text: string) => ProgressLine;
  /** A picture in the terminal, where it is one. @param make what is written for it, in so many columns */
  readonly picture: (make: (columns: number | undefined) => Promise<string>) => Promise<void>;
  /** Resolves when everything is said. */
  readonly settled: () => Promise<void>;
}

export interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
}

/** @param conceal takes out what must never be shown */
export function createTerminal({ stdout, stderr }: Streams, conceal: (text: string) => string): Terminal {
  const isWatched = stderr.isTTY === true;
  const clean = (line: string) => withoutControls(conceal(line));
  const [out, err] = [createOutlet(stdout), createOutlet(stderr)];
  let spinner: Spinner | undefined;
  /** What moves makes room for a line, and comes again by itself. */
  const write = (outlet: Outlet, text: string, onLost?: () => void) => {
    if (spinner?.isSpinning) spinner.clear();
    outlet.write(text, onLost);
  };
  const notice = (line: string, onLost?: () => void) => write(err, `imagen: ${clean(line)}\n`, onLost);
  const tellSaved = (path: string) => notice(`saved ${path} (standard output did not take it)`);
  const given = new Set<string>();
  const lostAlerts: string[] = [];
  /** Standard output holds a document or an image: another line would break it. */
  let isTaken = false;
  return {
    notice: (line) => notice(line),
    noticeOnce(line) {
      if (!given.has(line)) notice(line);
      given.add(line);
    },
    alert: (line) => notice(line, () => lostAlerts.push(line)),
    result: (line) => write(out, `${clean(line)}\n`),
    place: (path) => write(out, `${clean(path)}\n`, () => tellSaved(path)),
    document(value, places = []) {
      isTaken = true;
      write(out, `${escapeControls(conceal(JSON.stringify(value, null, 2)))}\n`, () => {
        for (const path of places) tellSaved(path);
      });
    },
    bytes(bytes) {
      isTaken = true;
      return out.writeBytes(bytes);
    },
    async settled() {
      await out.settled();
      await err.settled();
      if (!isTaken) for (const line of lostAlerts.splice(0)) write(out, `imagen: ${clean(line)}\n`);
      await out.settled();
    },
    working(text) {
      if (!isWatched) return inLines((line) => notice(line));
      const moving = yoctoSpinner({
        text: clean(text),
        stream: stderr as NodeJS.WriteStream,
        handleSignals: false,
      }).start();
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
      const text = await make(stderr.columns);
      write(err, `${text}\n`);
    },
  };
}

/** Characters that move a cursor, end a line where none ends, or turn the text around: controls (C0, C1) and marks of direction. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** What a vendor, a file or an argument says must not move a cursor, set a title or hide what stands before it. */
export function withoutControls(text: string): string {
  return text.replace(CONTROL, '\ufffd');
}

/** The same for JSON: a parser reads the same text. JSON itself escapes C0 only. @param json without white space beside LF and tab */
export function escapeControls(json: string): string {
  return json.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A log is read later: what is over soon is no news there. */
const LINE_EVERY_MS = 5_000;

function inLines(notice: (line: string) => void): ProgressLine {
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
