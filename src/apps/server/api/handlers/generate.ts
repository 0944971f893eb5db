/** Generations: the calls of the API that cost money. */
import type { ApiPlanRequest } from '../../../../client/schemas/generate.ts';
import type { RouteAnswer } from '../../../../client/schemas/schemas.ts';
import type { ManagedGeneration } from '../../../../index.ts';
import { identityOf } from '../../http/call-identity.ts';
import { explainFault } from '../../http/faults/explain-fault.ts';
import { keepAlive } from '../../http/json-body/keep-alive.ts';
import { answerJson } from '../../http/json-body.ts';
import { hashOfBytes } from '../../http/read-body.ts';
import { runHeaders } from '../../http/run-headers.ts';
import { answerFault } from '../../http/to-fault.ts';
import type { Run } from '../../runs/run-list.ts';
import { toApiGeneration } from '../answers/to-generation.ts';
import { toApiRun } from '../answers/to-run.ts';
import { toParam, toWords } from '../input/own-words.ts';
import { resolveInputs } from '../input/resolve-inputs.ts';
import type { RouteCall, RouteHandler, RouteReply } from '../route-call.ts';

const DEFAULT_WAIT_SECONDS = 60;

export const generate: RouteHandler<'generate'> = async (call) => {
  const { wait, partialImages, ...request } = call.input;
  return answerCall(call, request, { wait, partialImages });
};

export const edit: RouteHandler<'edit'> = async (call) => {
  const { wait, partialImages, ...request } = call.input;
  return answerCall(call, request, { wait, partialImages });
};

type GenerateCall = RouteCall<'generate'> | RouteCall<'edit'>;

/** Starts or joins the call, and answers with its images or, after the wait, with the run. */
async function answerCall(
  call: GenerateCall,
  given: ApiPlanRequest,
  { wait = DEFAULT_WAIT_SECONDS, partialImages }: Pick<GenerateCall['input'], 'wait' | 'partialImages'>,
) {
  const { caller, context, request: c } = call;
  const request = await resolveInputs(given, context.store);
  const identity = await identityOf(c, await hashOfBytes(call.bodyBytes));
  let run: Run | undefined;
  const planned = { ...request, ...(caller.profile !== undefined && { profile: caller.profile }) };
  const explain = (error: unknown) =>
    explainFault(error, { request: planned, call: run?.id, paramOf: toParam, toWords }, context);
  try {
    run = await context.runs.start({
      request,
      caller,
      identity,
      ...(partialImages !== undefined && { partialImages }),
    });
    c.set('call', run.id);
    // The run goes on when this request does not wait for it any more.
    run.result.catch(() => undefined);
    const answering = answerRun(run, call, wait * 1000);
    if (context.settings.keepAliveJson !== true) return await answering;
    return await keepAlive(
      answering.then(({ body, ...options }) => answerJson(body, options)),
      { headers: runHeaders(run), answerError: async (error) => answerFault(await explain(error)) },
    );
  } catch (error) {
    throw await explain(error);
  }
}

async function answerRun(run: Run, call: GenerateCall, waitMs: number): Promise<RouteReply<RouteAnswer<'generate'>>> {
  const generation = await resultWithin(run.result, waitMs, call.request.req.raw.signal);
  const headers = runHeaders(run);
  if (generation !== undefined) {
    return { headers, body: { run: toApiRun(run.summary()), generation: await toApiGeneration(generation, call) } };
  }
  const location = `/api/runs/${run.id}`;
  return { status: 202, headers: { ...headers, location }, body: { run: toApiRun(run.summary()) } };
}

/** @param signal of the request: when the client has hung up, no one reads the answer @returns `undefined`: the call takes longer */
async function resultWithin(
  result: Promise<ManagedGeneration>,
  waitMs: number,
  signal: AbortSignal,
): Promise<ManagedGeneration | undefined> {
  const { promise: waited, resolve: stop } = Promise.withResolvers<undefined>();
  const end = () => stop(undefined);
  const timer = setTimeout(end, waitMs);
  signal.addEventListener('abort', end, { once: true });
  return Promise.race([result, waited]).finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  });
}
