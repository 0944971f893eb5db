/** The transport: HTTP, credentials, retries and timeouts. It moves bytes and knows nothing about images or vendors. */
import type {
  BytesWithMetadata,
  HttpRequest,
  JobProtocol,
  Reply,
  ReplyHandling,
  RunContext,
  TransportCall,
  UploadTarget,
} from './call.ts';
import { createTransportContext } from './context.ts';
import { type JobTicket, transportError } from './errors.ts';
import { type CallScope, openScope } from './flow/scope.ts';
import type { Downloaded } from './phases/download.ts';
import { fetchResults } from './phases/fetch-results.ts';
import { submitAndRead } from './phases/submit.ts';
import type { TransportSettings } from './settings.ts';

export interface Transport {
  /**
   * Runs one call: submits it, follows the job if there is one, and fetches the results (contract M5).
   * **The submit costs money**; it is retried only if the server certainly did not accept it.
   * @returns bytes and metadata of each result. If only some results can be fetched, each other one has no bytes and an `error` in its
   *   metadata
   * @throws TransportError; `outcome` says whether work may have started, `ticket` resumes the job
   */
  readonly generateImageBytes: (call: TransportCall, context?: RunContext) => Promise<readonly BytesWithMetadata[]>;
  /**
   * Submits a job without waiting for it. **Costs money.**
   * @throws TransportError like `generateImageBytes`
   */
  readonly submit: (call: TransportCall & { readonly job: JobProtocol }, context?: RunContext) => Promise<JobTicket>;
  /** Follows a job that was submitted earlier, in this or another process. Free. */
  readonly resume: (
    handling: ReplyHandling & { readonly job: JobProtocol },
    ticket: JobTicket,
    context?: RunContext,
  ) => Promise<readonly BytesWithMetadata[]>;
  /** Like `generateImageBytes`, and passes partial results to `onPartial` as they arrive. **Costs money.** */
  readonly stream: (
    call: TransportCall,
    onPartial: (bytes: Uint8Array, metadata: Readonly<Record<string, unknown>>) => void,
    context?: RunContext,
  ) => Promise<readonly BytesWithMetadata[]>;
  /** Sends a free request; retries it at most `maxRetries` times after transient faults. */
  readonly ask: (request: HttpRequest, handling: ReplyHandling, context?: RunContext) => Promise<Reply>;
  /** Downloads a link under the rules for result links: checked, limited in size, without the credential. */
  readonly fetchLink: (
    link: string,
    /** `maxRetries`: attempts after the first. @default as many as the deadline allows */
    context?: RunContext & { readonly maxRetries?: number },
  ) => Promise<Downloaded>;
  /** Downloads several links, with results as from `generateImageBytes`: one expired link does not lose the others. */
  readonly fetchLinks: (links: readonly string[], context?: RunContext) => Promise<readonly BytesWithMetadata[]>;
  /** Uploads a file to an address that the server returned, without the credential. Free. */
  readonly upload: (target: UploadTarget, context?: RunContext) => Promise<void>;
  /** Removes secrets and signed links from a text. */
  readonly redact: (text: string, confidential?: readonly string[]) => string;
  /** Waits for cancellations in progress, at most 5 s. */
  readonly close: () => Promise<void>;
}

export function createTransport(settings: TransportSettings): Transport {
  const context = createTransportContext(settings);
  const cancelling = new Set<Promise<void>>();

  /** Opens the scope that ends on the caller's abort or at the deadline. */
  async function withinDeadline<T>(run: RunContext, work: (scope: CallScope) => Promise<T>): Promise<T> {
    const scope = openScope(run.signal, run.deadlineMs ?? context.deadlineMs, context.clock);
    try {
      if (scope.signal.aborted)
        throw transportError('aborted before anything was sent', { fault: 'aborted', step: 'submit' });
      return await work(scope);
    } finally {
      scope.close();
    }
  }

  /** Loaded before anything is sent, so that a paid job never waits for code to load. */
  const loadJobs = () => import('./phases/jobs/run-job.ts');

  return {
    async generateImageBytes(call, run = {}) {
      const { job } = call;
      if (job !== undefined) {
        const { runJob } = await loadJobs();
        return withinDeadline(run, (scope) =>
          runJob({ context, scope, runContext: run, cancelling }, { ...call, job }),
        );
      }
      return withinDeadline(run, async (scope) =>
        fetchResults(context, scope, call.locate(await submitAndRead(context, scope, call)), call),
      );
    },
    async submit(call, run = {}) {
      const { submitJob } = await loadJobs();
      return withinDeadline(run, (scope) => submitJob({ context, scope, runContext: run, cancelling }, call));
    },
    async resume(handling, ticket, run = {}) {
      const { resumeJob } = await loadJobs();
      return withinDeadline(run, (scope) =>
        resumeJob({ context, scope, runContext: run, cancelling }, handling, ticket),
      );
    },
    stream: (call, onPartial, run = {}) =>
      withinDeadline(run, async (scope) => {
        const { runStream } = await import('./phases/stream.ts'); // loaded on demand: most calls do not stream
        const results = await runStream(context, scope, call, ({ bytes, metadata }) => onPartial(bytes, metadata));
        return fetchResults(context, scope, results, call);
      }),
    ask: (request, handling, run = {}) =>
      withinDeadline(run, async (scope) => {
        const { sendFree } = await import('./phases/free-request.ts');
        return sendFree(context, scope, handling, request, { maxRetries: context.limits.maxRetries });
      }),
    fetchLink: (link, run = {}) =>
      withinDeadline(run, async (scope) =>
        (await import('./phases/download.ts')).download(context, scope, link, {}, run.maxRetries),
      ),
    fetchLinks: (links, run = {}) =>
      withinDeadline(run, (scope) =>
        fetchResults(
          context,
          scope,
          links.map((link) => ({ link, metadata: {} })),
          { locate: () => [] },
        ),
      ),
    upload: (target, run = {}) =>
      withinDeadline(run, async (scope) => (await import('./phases/upload.ts')).upload(context, scope, target)),
    redact: context.redact,
    async close() {
      await Promise.all(cancelling);
    },
  };
}
