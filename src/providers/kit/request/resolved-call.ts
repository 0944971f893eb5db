/** What `plan` keeps for the calls that execute it. */
import type { InputFiles } from './read-files.ts';
import type { Resolution } from './resolve-request.ts';
import type { AnyRequest } from './resolve-step.ts';

/** What a plan and each call that executes it have in common: nothing that is random or that time changes. */
export interface ResolvedCall {
  readonly request: AnyRequest;
  /** As the adapter's schema gave them. */
  readonly vendorOptions: unknown;
  readonly resolution: Resolution;
  /** `YYYY-MM-DD`, in UTC. On another day a model may have been shut down: the request is resolved again. */
  readonly today: string;
  /** Absent where the request has none, is refused, or gives one as a link, which only a call fetches. */
  readonly files?: InputFiles | undefined;
}
