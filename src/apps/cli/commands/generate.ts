/** `imagen generate`: a prompt becomes files. */
import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { type DrawOptions, draw } from '../draw.ts';
import type { Exit } from '../exit-codes.ts';
import { addRequestOptions, type RequestOptions, readDeadline, readPrompt, readRequest } from '../request-flags.ts';
import type { Commands } from '../run.ts';
import { openWorkbench } from '../workbench.ts';

export interface GenerateOptions extends RequestOptions, DrawOptions {
  readonly variation?: readonly string[];
  readonly variations?: string;
}

export function addGenerate({ program, action }: Commands): void {
  const command = program
    .command('generate')
    .description('make one or more images from a prompt; their paths are printed on standard output')
    .argument('<prompt...>', 'what to draw; - reads it from standard input');
  addDrawOptions(addRequestOptions(command)).action(action(generate));
}

/** Where pictures go and what is shown. */
export function addDrawOptions(command: Command): Command {
  return command
    .option(
      '-o, --out <path>',
      'file or directory, or - for standard output; nothing is ever overwritten (default: a name made of the prompt)',
    )
    .option('--plan', 'shows what would be sent and what it would cost; no call is made')
    .option('--preview', 'shows the picture in the terminal')
    .option('--open', 'opens the picture in its program');
}

export async function generate(
  words: readonly string[],
  options: GenerateOptions,
  context: CommandContext,
): Promise<Exit> {
  const prompt = await readPrompt(words, context);
  const request = await readRequest(prompt, options, context);
  await using bench = await openWorkbench(options, context);
  return await draw({ request, options, deadlineMs: readDeadline(options) }, bench, context);
}
