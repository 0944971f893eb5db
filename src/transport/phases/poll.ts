/** Following a job to its end: asked about patiently, cancelled when nobody wants it any more. */

import type { Following, HttpRequest, JobProtocol, JobState, Reply, ResultLocation, RunContext } from '../call.ts';
import { notifyHook, resolveApiUrl, shownAddress, type TransportContext } from '../context.ts';
import { type JobTicket, TransportError, transportError, withDetails } from '../errors.ts';
import type { Pace } from '../flow/flow-limits.ts';
import { discard } from '../flow/in-flight.ts';
import { type CallScope, endedError, openScope, ScopeEnd } from '../flow/scope.ts';
import { sleep } from '../flow/wait.ts';
import { readRetryAfter, toDelayMs } from '../net/retry-after.ts';
import { isTransient, withRetries } from './attempts.ts';
import { exchange, type HttpExchange, readReply } from './exchange.ts';
import type { JobSocket } from './websocket.ts';

/** One question about a job is not worth a long wait. */
const POLL_TIMEOUT_MS = 30_000;
const LONGEST_INTERVAL_MS = 1_000;
/** With a known duration, the first look comes at this part of it, the next ones closely, until it is long over. */
const FIRST_LOOK = 0.8;
const LAST_LOOK = 1.5;
const LOOKS_AROUND_THE_END = 64;
const LONGEST_LOOK_MS = 450;
const CANCEL_TIMEOUT_MS = 5_000;
/** While a server tells by itself how a job stands, it is asked now and then only. */
const TOLD_INTERVAL_MS = 10_000;
/** A job submitted this long ago is resumed: how long it takes can no longer be seen. */
const FRESH_MS = 1_000;
/** Logs and the like beyond this many bytes of one text are cut: they may be endless. */
const MAX_TEXT_BYTES = 65_536;

/** What decides when a job is asked about next. */
export interface PollTimes {
  readonly elapsedMs: number;
  /** The server's own word. */
  readonly advisedMs?: number | undefined;
  readonly usualMs?: number | undefined;
  /** Never less than this. */
  readonly leastMs: number;
}

/**
 * How long to wait before the next question: the server's advice if there is any; else, once the usual duration is known, most of it and
 * then less than half a second; else a tenth of the time already spent, up to 1 s. What is least counts first.
 */
export function pollIntervalMs({ elapsedMs, advisedMs, usualMs, leastMs }: PollTimes): number {
  const within = (ms: number, longest: number) => Math.max(Math.min(ms, longest), leastMs);
  if (advisedMs !== undefined) return Math.max(advisedMs, leastMs);
  if (usualMs === undefined || elapsedMs >= usualMs * LAST_LOOK) return within(elapsedMs / 10, LONGEST_INTERVAL_MS);
  return Math.max(usualMs * FIRST_LOOK - elapsedMs, within(usualMs / LOOKS_AROUND_THE_END, LONGEST_LOOK_MS));
}

export interface Followed {
  readonly wire: TransportContext;
  readonly scope: CallScope;
  readonly following: Following;
  readonly job: JobProtocol;
  readonly ticket: JobTicket;
  readonly onState: RunContext['onState'];
  readonly line?: JobSocket | undefined;
}

/** @returns where the results are. @throws TransportError with the ticket */
export async function awaitJob(followed: Followed): Promise<readonly ResultLocation[]> {
  const { wire, scope, following, ticket, line } = followed;
  const { clock, history, limits } = wire;
  const { kind = '' } = following;
  const startedAt = clock.now();
  // Another machine's clock may have written the ticket: then this is wrong, and only the pace of the questions with it.
  const ageMs = Math.max(clock.wallNow() - ticket.submittedAt, 0);
  const elapsedMs = () => clock.now() - startedAt + ageMs;
  let waiting: Waiting | undefined;
  try {
    for (let polls = 0; polls < limits.maxPolls; polls++) {
      const isResumed = polls === 0 && ageMs > FRESH_MS;
      const waitMs = isResumed ? 0 : pollIntervalMs(timesOf(waiting));
      await (line?.isTelling()
        ? line.wait(Math.max(waitMs, TOLD_INTERVAL_MS), scope.signal)
        : sleep(waitMs, scope.signal));
      const asked = await askJob(followed).catch((error: unknown) => {
        throw withStanding(error, waiting);
      });
      if ('results' in asked) {
        if (kind !== '' && ageMs <= FRESH_MS) history.learn(kind, elapsedMs());
        return asked.results;
      }
      waiting = asked;
      notifyHook(followed.onState, asked.state);
      if (asked.state.kind === 'queued' && elapsedMs() > limits.maxQueueMs) {
        throw timedOut(`is still queued after ${limits.maxQueueMs} ms`);
      }
    }
    throw timedOut(`is not done after ${limits.maxPolls} polls`);
  } catch (error) {
    throw withTicket(error, followed, describe(waiting));
  }

  function timesOf(last: Waiting | undefined): PollTimes {
    const usualMs = history.usualMs(kind) ?? following.usualMs;
    // A job that is over is done in a moment.
    const passedMs = line?.isOver() ? 0 : elapsedMs();
    const common = { elapsedMs: passedMs, advisedMs: last?.adviceMs, leastMs: limits.minPollIntervalMs };
    return line?.isOver() ? common : { ...common, usualMs };
  }

  function timedOut(how: string) {
    return transportError(`${nameOf(wire, ticket, following.confidential)} ${how}`, { fault: 'timeout', step: 'poll' });
  }
}

interface Waiting {
  readonly state: Extract<JobState, { kind: 'queued' | 'running' }>;
  /** When to ask again, if the server said so. */
  readonly adviceMs: number | undefined;
}

/** One question. Where the answer says that the result is elsewhere, that too is asked for. */
export async function askJob(followed: Followed): Promise<Waiting | { readonly results: readonly ResultLocation[] }> {
  const { wire, scope, following, job, ticket } = followed;
  const reply = await ask(wire, scope, following, job.poll(ticket), { pace: wire.pollPace });
  const state = job.read(reply, ticket);
  switch (state.kind) {
    case 'done':
      return { results: following.locate(reply) };
    case 'ready':
      return { results: following.locate(await ask(wire, scope, following, state.request)) };
    case 'failed':
      throw jobFailed(state, wire, following, ticket);
    default:
      return { state, adviceMs: toDelayMs(state.retryAfterMs) ?? readRetryAfter(reply.headers, wire.clock.wallNow()) };
  }
}

interface Asking {
  /** What the question is for. @default 'poll' */
  readonly step?: 'poll' | 'download';
  /** Spaces the question and its repetitions out among others. @default asked at once */
  readonly pace?: Pace;
  /** @default until the scope ends, as is right for a job that was paid for */
  readonly maxRetries?: number;
  /** @default 30 s, or the transport's own where that is less */
  readonly attemptTimeoutMs?: number;
}

/** A free question, repeated through everything that passes. */
export function ask(
  wire: TransportContext,
  scope: CallScope,
  following: Following,
  request: HttpRequest,
  asking: Asking = {},
): Promise<Reply> {
  const limits = { maxTextBytes: MAX_TEXT_BYTES };
  return askFor(
    wire,
    scope,
    following,
    request,
    (response, signal) => readReply(wire, response, following, { signal, ...limits }),
    asking,
  );
}

/** The same for an answer that is read in another way. */
export function askFor<T>(
  wire: TransportContext,
  scope: CallScope,
  following: Following,
  request: HttpRequest,
  read: HttpExchange<T>['read'],
  {
    step = 'poll',
    pace,
    maxRetries = Number.POSITIVE_INFINITY,
    attemptTimeoutMs = Math.min(POLL_TIMEOUT_MS, wire.attemptTimeoutMs),
  }: Asking = {},
): Promise<T> {
  const url = resolveApiUrl(wire, request.url, {}, step);
  return withRetries(wire, scope, {
    step,
    url: shownAddress(wire, url, following.confidential),
    labels: following.labels ?? {},
    maxRetries,
    mayRetry: isTransient,
    isPaid: false,
    async once(attempt) {
      await pace?.pass(scope.signal).catch(endWith('waiting to ask'));
      return exchange(wire, scope, {
        step,
        request,
        following,
        attempt,
        attemptTimeoutMs,
        read,
      });
    },
  });
}

function endWith(doing: string) {
  return (reason: unknown): never => {
    throw reason instanceof ScopeEnd ? endedError(reason, 'poll', 'failed', doing) : reason;
  };
}

/** Tells the server that nobody waits any more. Bounded, best effort: the ticket stays valid either way. */
export async function cancelJob(
  wire: TransportContext,
  following: Following,
  job: JobProtocol,
  ticket: JobTicket,
): Promise<void> {
  const scope = openScope(undefined, CANCEL_TIMEOUT_MS, wire.clock);
  try {
    const kind = job.cancel && job.looksBeforeCancel ? await look() : undefined;
    const isOver = kind !== undefined && kind !== 'queued' && kind !== 'running';
    const request = isOver ? undefined : job.cancel?.(ticket, kind);
    if (request) {
      await exchange(wire, scope, {
        step: 'cancel',
        request,
        following,
        attempt: 1,
        read: async (response) => discard(response),
      });
    }
  } catch {
    // The caller has already been told `aborted`, with the ticket; a job that cannot be cancelled simply goes on.
  } finally {
    scope.close();
  }

  async function look(): Promise<JobState['kind']> {
    const read = (response: Response, signal: AbortSignal) => readReply(wire, response, following, { signal });
    const reply = await exchange(wire, scope, {
      step: 'cancel',
      request: job.poll(ticket),
      following,
      attempt: 1,
      read,
    });
    return job.read(reply, ticket).kind;
  }
}

export function jobFailed(
  state: Extract<JobState, { kind: 'failed' }>,
  wire: TransportContext,
  following: Following,
  ticket: JobTicket | undefined,
): TransportError {
  const name = ticket === undefined ? 'the job' : nameOf(wire, ticket, following.confidential);
  return transportError(`${name} failed: ${wire.redact(state.message, following.confidential)}`, {
    fault: 'job_failed',
    step: ticket === undefined ? 'submit' : 'poll',
    isFinal: true,
    tag: state.tag,
    ticket,
  });
}

/** Whatever goes wrong after the submit, the way back to the job is in the error. */
export function withTicket(
  error: unknown,
  { wire, following, ticket }: Pick<Followed, 'wire' | 'following' | 'ticket'>,
  last = '',
): unknown {
  const name = nameOf(wire, ticket, following.confidential);
  const known = error instanceof ScopeEnd ? endedError(error, 'poll', 'failed', `waiting for ${name}${last}`) : error;
  if (!(known instanceof TransportError)) return known;
  const isGone = known.step === 'poll' && (known.status === 404 || known.status === 410);
  return isGone
    ? withDetails(
        known,
        { ticket, fault: 'job_failed', tag: known.tag ?? 'expired' },
        `${name} has expired or is unknown: ${known.message}`,
      )
    : withDetails(known, { ticket });
}

/** The id is the server's word: as little to be trusted as any. */
function nameOf(wire: TransportContext, { id }: JobTicket, confidential?: readonly string[]): string {
  return `job ${wire.redact(id, confidential)}`;
}

/** A question that was cut short: how the job stood before is worth knowing all the same. */
function withStanding(error: unknown, waiting: Waiting | undefined): unknown {
  const isCutShort = error instanceof TransportError && (error.fault === 'timeout' || error.fault === 'aborted');
  return isCutShort ? withDetails(error, {}, `${error.message} about a job${describe(waiting)}`) : error;
}

function describe(waiting: Waiting | undefined): string {
  return waiting === undefined ? '' : `, which was ${waiting.state.kind} when last asked about`;
}
