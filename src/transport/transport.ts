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
import { createTransportContext, type RequestToken } from './context.ts';
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
  readonly submitJob: (call: TransportCall & { readonly job: JobProtocol }, context?: RunContext) => Promise<JobTicket>;
  /** Follows a job that was submitted earlier, in this or another process. Free. */
  readonly resumeJob: (
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
    context?: LabelledContext & { readonly maxRetries?: number },
  ) => Promise<Downloaded>;
  /** Downloads several links, with results as from `generateImageBytes`: one expired link does not lose the others. */
  readonly fetchLinks: (links: readonly string[], context?: LabelledContext) => Promise<readonly BytesWithMetadata[]>;
  /** Uploads a file to an address that the server returned, without the credential. Free. */
  readonly upload: (target: UploadTarget, context?: LabelledContext) => Promise<void>;
  /** Removes secrets and signed links from a text. */
  readonly redact: (text: string, confidential?: readonly string[]) => string;
  /** Waits for cancellations in progress, at most 5 s. */
  readonly close: () => Promise<void>;
}

/** Code that only some calls need. It is loaded before anything is sent, so that a paid job never waits for code to load. */
export interface PhaseCode {
  readonly jobs?:
    | (() => Promise<Pick<typeof import('./phases/jobs/run-job.ts'), 'runJob' | 'submitJob' | 'resumeJob'>>)
    | undefined;
  readonly socket?: (() => Promise<Pick<typeof import('./phases/jobs/job-socket.ts'), 'openJobSocket'>>) | undefined;
  readonly stream?: (() => Promise<Pick<typeof import('./phases/stream.ts'), 'runStream'>>) | undefined;
  /** For credentials that are exchanged for a token. */
  readonly requestToken?: RequestToken | undefined;
  readonly upload?: (() => Promise<Pick<typeof import('./phases/upload.ts'), 'upload'>>) | undefined;
}

/** For requests that belong to no `TransportCall`, which has its own labels. */
type LabelledContext = RunContext & Pick<ReplyHandling, 'labels'>;

/** Creates a transport that has the given phases besides submit, free requests and downloads. */
export function createTransportWith(phases: PhaseCode, settings: TransportSettings): Transport {
  const context = createTransportContext(settings, phases.requestToken);
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

  const jobRun = (scope: CallScope, runContext: RunContext) => ({
    context,
    scope,
    runContext,
    cancelling,
    loadSocket: phases.socket,
  });

  return {
    async generateImageBytes(call, run = {}) {
      const { job } = call;
      if (job !== undefined) {
        const { runJob } = await load(phases.jobs);
        return withinDeadline(run, (scope) => runJob(jobRun(scope, run), { ...call, job }));
      }
      return withinDeadline(run, async (scope) =>
        fetchResults(context, scope, call.locate(await submitAndRead(context, scope, call)), call),
      );
    },
    async submitJob(call, run = {}) {
      const { submitJob } = await load(phases.jobs);
      return withinDeadline(run, (scope) => submitJob(jobRun(scope, run), call));
    },
    async resumeJob(handling, ticket, run = {}) {
      const { resumeJob } = await load(phases.jobs);
      return withinDeadline(run, (scope) => resumeJob(jobRun(scope, run), handling, ticket));
    },
    stream: (call, onPartial, run = {}) =>
      withinDeadline(run, async (scope) => {
        const { runStream } = await load(phases.stream);
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
        (await import('./phases/download.ts')).download(context, scope, link, { labels: run.labels }, run.maxRetries),
      ),
    fetchLinks: (links, run = {}) =>
      withinDeadline(run, (scope) =>
        fetchResults(
          context,
          scope,
          links.map((link) => ({ link, metadata: {} })),
          { locate: () => [], labels: run.labels },
        ),
      ),
    upload: (target, run = {}) =>
      withinDeadline(run, async (scope) => (await load(phases.upload)).upload(context, scope, target, run.labels)),
    redact: context.redact,
    async close() {
      await Promise.all(cancelling);
    },
  };
}

/** @throws Error the transport was created without this phase: a fault of the code that created it */
async function load<T>(phase: (() => Promise<T>) | undefined): Promise<T> {
  if (phase === undefined) throw new Error('this transport was created without the code for this call');
  return phase();
}
