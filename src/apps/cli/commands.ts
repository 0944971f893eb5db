/** All commands, in the order in which the help lists them. A new command is one file in `commands/` and one entry here. */
import type { CommandSetup } from './context.ts';

export interface CommandEntry {
  readonly name: string;
  /** Options and arguments, as the help lists them. A test compares it with the command. @default none */
  readonly usage?: string;
  readonly summary: string;
  /** Imports the file of the command, which is slow. @returns a function that adds arguments, options and the handler */
  readonly load: () => Promise<(setup: CommandSetup) => void>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'generate',
    usage: '[options] <prompt...>',
    summary: 'generate images from a prompt and print their paths',
    load: async () => (await import('./commands/generate.ts')).addGenerate,
  },
  {
    name: 'edit',
    usage: '[options] <image> [prompt...]',
    summary: 'change an image with a prompt, or with an operation that needs none',
    load: async () => (await import('./commands/edit.ts')).addEdit,
  },
  {
    name: 'continue',
    usage: '[options] <id> <prompt...>',
    summary: 'change a stored image with the provider and model that generated it',
    load: async () => (await import('./commands/edit.ts')).addContinue,
  },
  {
    name: 'batch',
    usage: '[options] [file]',
    summary: 'generate every row of a file; run it again to continue: finished rows are not generated or charged again',
    load: async () => (await import('./commands/batch.ts')).addBatch,
  },
  {
    name: 'enqueue',
    usage: '[options] [prompt...]',
    summary: 'add work to the queue and print its ids; a worker generates it and checks budgets then',
    load: async () => (await import('./commands/queue/enqueue.ts')).addEnqueue,
  },
  {
    name: 'worker',
    usage: '[options]',
    summary: 'generate the work of the queue until it is stopped; SIGTERM lets running work end',
    load: async () => (await import('./commands/services/worker.ts')).addWorker,
  },
  {
    name: 'serve',
    usage: '[options]',
    summary: "serve OpenAI's Images API over all backends until it is stopped; SIGTERM lets running calls end",
    load: async () => (await import('./commands/services/serve.ts')).addServe,
  },
  {
    name: 'mcp',
    usage: '[options]',
    summary: 'offer image tools to an agent over the Model Context Protocol; the agent starts it',
    load: async () => (await import('./commands/services/mcp.ts')).addMcp,
  },
  {
    name: 'queue',
    summary: 'list, show, retry, cancel, pause or watch the work of the queue',
    load: async () => (await import('./commands/queue/queue.ts')).addQueue,
  },
  {
    name: 'jobs',
    summary: 'list, fetch, cancel or settle jobs that run at vendors',
    load: async () => (await import('./commands/jobs.ts')).addJobs,
  },
  {
    name: 'history',
    summary: 'search, show, generate again or delete stored images',
    load: async () => (await import('./commands/history.ts')).addHistory,
  },
  {
    name: 'select',
    usage: '[options] <id...>',
    summary: 'keep images and print their paths',
    load: async () => (await import('./commands/select.ts')).addSelect,
  },
  {
    name: 'usage',
    usage: '[options]',
    summary: 'show what was spent as a chart; reserved amounts of unfinished calls count as spent',
    load: async () => (await import('./commands/usage.ts')).addUsage,
  },
  {
    name: 'verify',
    usage: '[options] [file-or-id...]',
    summary:
      'check the origin of images (mark, C2PA manifest, sidecar, hash) and whether they are intact; exit code 10 on a problem',
    load: async () => (await import('./commands/verify.ts')).addVerify,
  },
  {
    name: 'reindex',
    usage: '[options]',
    summary: 'rebuild the index of the store from the sidecars; exit code 10 if one cannot be read',
    load: async () => (await import('./commands/reindex.ts')).addReindex,
  },
  {
    name: 'backends',
    summary: 'list the available backends and check their health',
    load: async () => (await import('./commands/backends.ts')).addBackends,
  },
  {
    name: 'models',
    usage: '[options] [words...]',
    summary: 'list models with sizes, prices and shutdown dates; needs no key and sends nothing',
    load: async () => (await import('./commands/models.ts')).addModels,
  },
  {
    name: 'styles',
    summary: 'list the styles for --style',
    load: async () => (await import('./commands/styles.ts')).addStyles,
  },
  {
    name: 'config',
    summary: 'write, show or check the configuration file',
    load: async () => (await import('./commands/config.ts')).addConfig,
  },
  {
    name: 'doctor',
    usage: '[options]',
    summary: 'check the setup and say how to fix it; exit code 3 if something will not work',
    load: async () => (await import('./commands/doctor.ts')).addDoctor,
  },
  {
    name: 'completion',
    usage: '<shell>',
    summary: 'print the script that completes commands, flags and values in your shell',
    load: async () => (await import('./commands/completion.ts')).addCompletion,
  },
];
