/** What every command is handed. */
import type { Terminal } from './output/terminal.ts';

export interface CommandContext {
  readonly terminal: Terminal;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly version: string;
  /** At most so many bytes. @throws UsageError when there are more */
  readonly readInput: (mostBytes: number) => Promise<string>;
  /** Standard output is a screen. */
  readonly isTerminal: boolean;
  /** How many characters a line of it takes. */
  readonly width: number;
}

/** Of the program, before or behind the command's name. */
export interface GlobalOptions {
  readonly config?: string;
  /** `false`: nothing is kept. */
  readonly store?: string | false;
  readonly json?: boolean;
}
