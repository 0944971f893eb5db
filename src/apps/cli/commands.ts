/** All commands, in the order in which the help lists them. A new command is one file in `commands/` and one line here. */
import { addBackends } from './commands/backends.ts';
import { addBatch } from './commands/batch.ts';
import { addCompletion } from './commands/completion.ts';
import { addConfig } from './commands/config.ts';
import { addDoctor } from './commands/doctor.ts';
import { addContinue, addEdit } from './commands/edit.ts';
import { addGenerate } from './commands/generate.ts';
import { addHistory } from './commands/history.ts';
import { addJobs } from './commands/jobs.ts';
import { addModels } from './commands/models.ts';
import { addReindex } from './commands/reindex.ts';
import { addSelect } from './commands/select.ts';
import { addStyles } from './commands/styles.ts';
import { addUsage } from './commands/usage.ts';
import { addVerify } from './commands/verify.ts';
import type { Commands } from './context.ts';

export const COMMANDS: readonly ((commands: Commands) => void)[] = [
  addGenerate,
  addEdit,
  addContinue,
  addBatch,
  addJobs,
  addHistory,
  addSelect,
  addUsage,
  addVerify,
  addReindex,
  addBackends,
  addModels,
  addStyles,
  addConfig,
  addDoctor,
  addCompletion,
];
