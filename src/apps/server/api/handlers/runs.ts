/** Runs of the token, and their events. */
import { HttpFault } from '../../http/http-fault.ts';
import type { RunEvent, RunList, RunState, RunSummary } from '../../runs/run-list.ts';
import type { Caller } from '../../tenants/caller.ts';
import { toApiRun } from '../answers/to-run.ts';
import { type EventCursors, streamEvents } from '../events/stream-events.ts';
import type { RouteHandler } from '../route-call.ts';

const DEFAULT_LIMIT = 100;

export const listRuns: RouteHandler<'listRuns'> = async ({ input, caller, context }) => {
  const { state, limit = DEFAULT_LIMIT } = input;
  const all = context.runs.list(caller.name);
  const found = state === undefined ? all : all.filter((run) => run.state === state);
  return { body: { runs: found.slice(0, limit).map(toApiRun), total: all.length } };
};

export const getRun: RouteHandler<'getRun'> = async ({ input, caller, context }) => ({
  body: toApiRun(await findRun(context.runs, input.id, caller)),
});

export const cancelRun: RouteHandler<'cancelRun'> = async ({ input, caller, context }) => {
  const run = await findRun(context.runs, input.id, caller);
  const isCancelling = await context.runs.cancel(run.id);
  return { body: { isCancelling, run: toApiRun(await findRun(context.runs, input.id, caller)) } };
};

/** Runs of other tokens are not there for this one. @throws HttpFault 404 */
async function findRun(runs: RunList, id: string, { name }: Caller): Promise<RunSummary> {
  const run = await runs.find(id);
  if (run !== undefined && run.token === name) return run;
  throw new HttpFault(404, 'run_not_found', 'This token has no run with this id. GET /api/runs lists its runs.', {
    param: 'id',
  });
}

export function createWatchRuns(cursors: EventCursors): RouteHandler<'watchRuns'> {
  return async ({ input, caller, context, request }) =>
    streamEvents(request, cursors, { sendsPartials: false }, (signal) => {
      const after = cursors.read(input.after ?? request.req.header('last-event-id'));
      return context.runs.events({ token: caller.name, signal, ...(after !== undefined && { after }) });
    });
}

export function createWatchRun(cursors: EventCursors): RouteHandler<'watchRun'> {
  return async ({ input, caller, context, request }) => {
    const run = await findRun(context.runs, input.id, caller);
    const after = cursors.read(input.after ?? request.req.header('last-event-id')) ?? 0;
    return streamEvents(request, cursors, { sendsPartials: true }, (signal) =>
      isOver(run.state)
        ? endOf(run, run.state, after)
        : eventsOfRun(context.runs.events({ after, token: caller.name, signal }), run.id),
    );
  };
}

type EndState = Exclude<RunState, 'waiting' | 'running'>;

const isOver = (state: RunState): state is EndState => state !== 'waiting' && state !== 'running';

/** The events of a run that has ended may be forgotten. Its end is known. */
async function* endOf(run: RunSummary, type: EndState, sequence: number): AsyncGenerator<RunEvent> {
  yield { sequence, at: run.endedAt ?? run.startedAt, type, run };
}

async function* eventsOfRun(events: AsyncIterable<RunEvent>, id: string): AsyncGenerator<RunEvent> {
  for await (const event of events) {
    if (event.run.id !== id) continue;
    yield event;
    if (isOver(event.run.state)) return;
  }
}
