/** `imagen completion`: the script that completes commands, flags and values in a shell. */
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { type CompletionPosition, completionPositions } from '../completion/positions.ts';
import { zshScript } from '../completion/zsh.ts';
import type { CommandContext, CommandSetup, GlobalOptions } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { readChoice } from '../flags/enum-flag.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const satisfies Record<
  string,
  (positions: readonly CompletionPosition[]) => string
>;
type Shell = keyof typeof SCRIPTS;
const SHELLS = Object.keys(SCRIPTS) as readonly Shell[];

export function addCompletion({ command, action, loadProgram }: CommandSetup): void {
  command.argument('<shell>', SHELLS.join(', ')).action(
    action(async (name: string, { json }: GlobalOptions, { terminal }: CommandContext): Promise<Exit> => {
      const shell = readChoice('shell', name, SHELLS);
      const script = SCRIPTS[shell](completionPositions(await loadProgram()));
      if (json) terminal.document({ shell, script });
      else terminal.result(script.trimEnd());
      return 'done';
    }),
  );
}
