/** Starts the calls of tools in the list of runs, where the API and its limits find them. */
import { AiImageError } from '../../../index.ts';
import { ERROR_CODES } from '../../../providers/protocol/index.ts';
import { PLATFORM_CLOCK } from '../../../tool/calls/clock.ts';
import { createManagerRunner } from '../../../tool/calls/manager-runner.ts';
import type { FoundToolCall, StartedToolCall, ToolCallRunner } from '../../../tool/index.ts';
import type { ServerContext } from '../http/server-context.ts';
import { hashOf, keyedCallId, ownerOf, readCallId } from '../runs/calls/call-ids.ts';
import type { Run, RunSummary } from '../runs/run-list.ts';
import type { Caller } from '../tenants/caller.ts';
import { asLibrary } from './to-library-error.ts';

/** Failures that are remembered because a failed call that cost nothing leaves no record. */
const MAX_FAILURES = 100;

export function createRunListRunner(
  { runs, manager, store }: Pick<ServerContext, 'runs' | 'manager' | 'store'>,
  caller: Caller,
): ToolCallRunner {
  const recorded = createManagerRunner({ manager, store }, PLATFORM_CLOCK);
  /** Calls of this process that have not ended, by call id. */
  const running = new Map<string, StartedToolCall>();
  /** By call id, the oldest first. */
  const failures = new Map<string, FoundToolCall>();

  function toStarted(run: Run): StartedToolCall {
    const result = asLibrary(run.result);
    const call: StartedToolCall = {
      ...{ id: run.id, result, onEvent: run.onEvent },
      cancelUnsent() {
        // A call that was joined belongs to another request too.
        if (!run.isAdopted && run.summary().state === 'waiting') void runs.cancel(run.id);
      },
    };
    running.set(run.id, call);
    const forget = () => {
      if (running.get(run.id) === call) running.delete(run.id);
    };
    result.then(forget, (error: unknown) => {
      forget();
      remember(run.id, { state: 'failed', error });
    });
    return call;
  }

  function remember(id: string, failure: FoundToolCall): void {
    failures.delete(id);
    failures.set(id, failure);
    const [oldest] = failures.keys();
    if (failures.size > MAX_FAILURES && oldest !== undefined) failures.delete(oldest);
  }

  return {
    async start({ id, request }) {
      const identity = { key: id, hash: await hashOf(['mcp', id]), isRetry: false };
      const run = await asLibrary(runs.start({ request, caller, identity }));
      failures.delete(run.id);
      return running.get(run.id) ?? toStarted(run);
    },

    async find(given) {
      // The tools may know only the id that they gave the call.
      const id = readCallId(given) === undefined ? await keyedCallId(caller.name, given) : given;
      const known = running.get(id) ?? failures.get(id);
      if (known !== undefined) return known;
      // Calls of other tokens are not found.
      if (readCallId(id)?.owner !== (await ownerOf(caller.name))) return undefined;
      const run = await runs.find(id);
      if (run?.state === 'waiting' || run?.state === 'running') return { state: 'running' };
      return (await recorded.find(id)) ?? toFailed(run);
    },

    // The server itself waits for its runs.
    close: () => recorded.close(0),
  };
}

function toFailed(run: RunSummary | undefined): FoundToolCall | undefined {
  if (run?.error === undefined) return undefined;
  const { code: given, message, charged } = run.error;
  const code = ERROR_CODES.find((each) => each === given) ?? (charged === 'no' ? 'unavailable' : 'outcome_unknown');
  return { state: 'failed', error: new AiImageError(code, message, { charged }) };
}
