/** The errors that the shared app code throws for a caller's mistake. Nothing was sent or charged. */
import { AiImageError } from '../../index.ts';

/** What is wrong. Each app may word its own hint from it: a command line names flags, a server names fields. */
export type AppErrorReason =
  | 'no_store'
  | 'store_not_found'
  | 'database_not_set'
  | 'usage_not_set'
  | 'ledger_without_store'
  | 'ledger_without_directory'
  | 'ledger_elsewhere'
  | 'id_too_short'
  | 'id_ambiguous'
  | 'image_not_found'
  | 'backend_not_found'
  | 'work_id_too_short'
  | 'work_not_found'
  | 'job_not_found'
  | 'job_without_handle'
  | 'job_in_use'
  | 'rerun_without_prompt'
  | 'rerun_without_input'
  | 'rerun_without_seed';

export interface AppErrorDetails {
  readonly hint: string;
  /** Names and ids that the message mentions, for an app that words it itself. */
  readonly values?: Readonly<Record<string, string>>;
}

/** An `AiImageError` with the code `invalid_request`. */
export class AppError extends AiImageError {
  readonly reason: AppErrorReason;
  readonly values: Readonly<Record<string, string>>;

  constructor(reason: AppErrorReason, message: string, { hint, values = {} }: AppErrorDetails) {
    super('invalid_request', message, { hint, charged: 'no' });
    this.reason = reason;
    this.values = values;
  }
}
