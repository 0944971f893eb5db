/** The command line's words for the errors of `apps/shared`: flags and commands in place of options and functions. */
import type { AppError, AppErrorReason } from '../../../shared/app-error.ts';
import { UsageError } from '../../usage-error.ts';

type Texts = (error: AppError) => { readonly message?: string; readonly hint?: string };

const NAME_IMAGE = 'Name the image yourself: imagen generate --input';

/** Reasons without an entry keep the message and the hint of the error. */
const TEXTS: { readonly [Reason in AppErrorReason]?: Texts } = {
  no_store: () => ({ hint: 'Leave out --no-store, or name a directory with --store.' }),
  store_not_found: () => ({ hint: 'Name the directory of an existing store with --store.' }),
  database_not_set: () => ({ hint: 'Set the variable, or use --no-store.' }),
  ledger_without_store: ({ message }) => ({
    message: `--no-store cannot be used: ${message}`,
    hint: 'Leave out --no-store. To save the files elsewhere, use --out.',
  }),
  ledger_elsewhere: ({ message, values }) => ({
    message: `--store ${values.given} cannot be used: ${message}`,
    hint: 'Leave out --store. To save the files elsewhere, use --out.',
  }),
  id_too_short: ({ hint }) => ({ hint: `${hint} To see ids: imagen history search` }),
  image_not_found: () => ({ hint: 'To see which images are there: imagen history search' }),
  backend_not_found: ({ values: { servers } }) =>
    servers === undefined
      ? {}
      : { hint: `It is a model. Use --provider ${servers.split(' ').join(', or --provider ')}.` },
  work_id_too_short: ({ hint }) => ({ hint: `${hint} To see ids: imagen queue list` }),
  work_not_found: () => ({ hint: 'To see the work: imagen queue list. Ended work is removed after 30 days.' }),
  job_not_found: () => ({ hint: 'To see the jobs on record: imagen jobs list' }),
  job_without_handle: ({ values: { provider, id } }) => ({
    hint: `It may have been charged. Check with ${provider}, then record the outcome: imagen jobs settle ${id}`,
  }),
  rerun_without_prompt: () => ({ hint: 'Give the prompt again: imagen generate.' }),
  rerun_without_input: ({ values: { placeholder = 'FILE' } }) => ({ hint: `${NAME_IMAGE} ${placeholder}` }),
  rerun_without_seed: () => ({ hint: 'Give a number, for example --seed 7, or leave --seed out.' }),
};

export function toUsageError(error: AppError): UsageError {
  const { message = error.message, hint = error.hint ?? '' } = TEXTS[error.reason]?.(error) ?? {};
  return new UsageError(message, hint);
}
