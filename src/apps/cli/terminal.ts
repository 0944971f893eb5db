/** The two channels: standard output carries results and nothing else, standard error carries everything for people. */
import yoctoSpinner from 'yocto-spinner';

export interface Terminal {
  /** A result. */
  readonly result: (line: string) => void;
  /** A line for a person. */
  readonly notice: (line: string) => void;
  /** Shows that something goes on, where someone watches. @returns ends it */
  readonly working: (text: string) => { readonly update: (text: string) => void; readonly stop: () => void };
}

export interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** @param conceal takes out what must never be shown */
export function createTerminal({ stdout, stderr }: Streams, conceal: (text: string) => string): Terminal {
  const isWatched = stderr.isTTY === true;
  return {
    result: (line) => void stdout.write(`${line}\n`),
    notice: (line) => void stderr.write(`imagen: ${conceal(line)}\n`),
    working(text) {
      if (!isWatched) return { update: () => undefined, stop: () => undefined };
      const spinner = yoctoSpinner({ text, stream: stderr as NodeJS.WriteStream, handleSignals: false }).start();
      return {
        update: (next) => {
          spinner.text = next;
        },
        stop: () => void spinner.stop(),
      };
    },
  };
}
