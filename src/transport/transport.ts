/** The transport: HTTP, credentials, retries and time limits. It moves bytes and knows neither what they show nor who makes them. */
import type {
  BytesWithMetadata,
  Following,
  HttpRequest,
  JobProtocol,
  Reply,
  RunContext,
  TransportCall,
  UploadTarget,
} from './call.ts';
import { createTransportContext } from './context.ts';
import { type JobTicket, transportError } from './errors.ts';
import { type CallScope, openScope } from './flow/scope.ts';
import type { Downloaded } from './phases/download.ts';
import { fetchResults, sendCall } from './phases/run.ts';
import type { TransportSettings } from './settings.ts';

export interface Transport {
  /**
   * Runs one call to its end: submits, follows the job if there is one, fetches what the answer points to (contract M5).
   * **The submit costs money**; it is repeated only when it surely was not accepted.
   * @returns a pair per result: its bytes, and what is known about it. A result that could not be fetched beside others that could has
   *   no bytes and an `error` in its metadata
   * @throws TransportError; its `outcome` says whether work may have been begun, its `ticket` finds the job again
   */
  readonly generateImageBytes: (call: TransportCall, context?: RunContext) => Promise<readonly BytesWithMetadata[]>;
  /**
   * Submits only. **Costs money.**
   * @throws TransportError as `generateImageBytes`
   */
  readonly submit: (call: TransportCall & { readonly job: JobProtocol }, context?: RunContext) => Promise<JobTicket>;
  /** Follows a job that was submitted earlier, here or elsewhere. Costs nothing. */
  readonly resume: (
    following: Following & { readonly job: JobProtocol },
    ticket: JobTicket,
    context?: RunContext,
  ) => Promise<readonly BytesWithMetadata[]>;
  /** As `generateImageBytes`, with unfinished results handed to `onPartial` on the way. **Costs money.** */
  readonly stream: (
    call: TransportCall,
    onPartial: (bytes: Uint8Array, metadata: Readonly<Record<string, unknown>>) => void,
    context?: RunContext,
  ) => Promise<readonly BytesWithMetadata[]>;
  /** A question that costs nothing; repeated a few times (`maxRetries`) through what passes. */
  readonly ask: (request: HttpRequest, following: Following, context?: RunContext) => Promise<Reply>;
  /** Fetches a link under the rules for result links: guarded, bounded, without a credential. */
  readonly fetchLink: (
    link: string,
    /** `maxRetries`: further attempts. @default as many as the deadline allows */
    context?: RunContext & { readonly maxRetries?: number },
  ) => Promise<Downloaded>;
  /** The same for several at once, with a pair for each as from `generateImageBytes`: one that is dead does not lose the others. */
  readonly fetchLinks: (links: readonly string[], context?: RunContext) => Promise<readonly BytesWithMetadata[]>;
  /** Hands a file to a place that the server named, without a credential. Costs nothing. */
  readonly upload: (target: UploadTarget, context?: RunContext) => Promise<void>;
  /** Takes our secrets and signed links out of a text. */
  readonly redact: (text: string, confidential?: readonly string[]) => string;
  /** Waits for cancellations under way, at most 5 s. */
  readonly close: () => Promise<void>;
}

export function createTransport(settings: TransportSettings): Transport {
  const wire = createTransportContext(settings);
  const cancelling = new Set<Promise<void>>();

  /** Opens the call's one clock. */
  async function within<T>(context: RunContext, work: (scope: CallScope) => Promise<T>): Promise<T> {
    const scope = openScope(context.signal, context.deadlineMs ?? wire.deadlineMs, wire.clock);
    try {
      if (scope.signal.aborted)
        throw transportError('aborted before anything was sent', { fault: 'aborted', step: 'submit' });
      return await work(scope);
    } finally {
      scope.close();
    }
  }

  /** Loaded before the call's clock starts and anything is sent: what was paid for must not wait for code. */
  const jobs = () => import('./phases/follow-job.ts');

  return {
    async generateImageBytes(call, context = {}) {
      const { job } = call;
      if (job !== undefined) {
        const { runJob } = await jobs();
        return within(context, (scope) => runJob({ wire, scope, context, cancelling }, { ...call, job }));
      }
      return within(context, async (scope) =>
        fetchResults(wire, scope, call.locate(await sendCall(wire, scope, call)), call),
      );
    },
    async submit(call, context = {}) {
      const { submitJob } = await jobs();
      return within(context, (scope) => submitJob({ wire, scope, context, cancelling }, call));
    },
    async resume(following, ticket, context = {}) {
      const { resumeJob } = await jobs();
      return within(context, (scope) => resumeJob({ wire, scope, context, cancelling }, following, ticket));
    },
    stream: (call, onPartial, context = {}) =>
      within(context, async (scope) => {
        const { runStream } = await import('./phases/stream.ts'); // most calls never stream
        const results = await runStream(wire, scope, call, ({ bytes, metadata }) => onPartial(bytes, metadata));
        return fetchResults(wire, scope, results, call);
      }),
    ask: (request, following, context = {}) =>
      within(context, async (scope) => {
        const { ask } = await import('./phases/poll.ts');
        return ask(wire, scope, following, request, { maxRetries: wire.limits.maxRetries });
      }),
    fetchLink: (link, context = {}) =>
      within(context, async (scope) =>
        (await import('./phases/download.ts')).download(wire, scope, link, {}, context.maxRetries),
      ),
    fetchLinks: (links, context = {}) =>
      within(context, (scope) =>
        fetchResults(
          wire,
          scope,
          links.map((link) => ({ link, metadata: {} })),
          { locate: () => [] },
        ),
      ),
    upload: (target, context = {}) =>
      within(context, async (scope) => (await import('./phases/upload.ts')).upload(wire, scope, target)),
    redact: wire.redact,
    async close() {
      await Promise.all(cancelling);
    },
  };
}
