/** Creates the tools for agents. Every framework and protocol uses this one table of tools. */
import { randomId } from '../providers/protocol/index.ts';
import { quoteName } from '../providers/protocol/input/hide-keys.ts';
import { PLATFORM_CLOCK, type ToolClock } from './calls/clock.ts';
import { createManagerRunner } from './calls/manager-runner.ts';
import { createSessionLimits } from './calls/session-limits.ts';
import { checkContext } from './check-context.ts';
import { fillSettings } from './check-settings.ts';
import { createPreview } from './files/create-preview.ts';
import type { ImageTool, ImageTools } from './image-tools.ts';
import { createManifest } from './manifest/create-manifest.ts';
import { parseArguments } from './request/parse-arguments.ts';
import { refuse, toRefusal } from './results/to-failure.ts';
import type { ImageToolsSettings } from './settings.ts';
import type { ToolResult } from './tool-result.ts';
import type { ToolSet } from './tool-set.ts';
import type { ToolDefinition } from './tools/tool-definition.ts';
import { toOutput, toParameters } from './tools/tool-schemas.ts';
import { TOOL_TABLE } from './tools/tool-table.ts';

/**
 * Creates the tools. Nothing is sent. The limits of the settings count for this set of tools: create one set for each session.
 * @throws AiImageError `invalid_request`: a setting is wrong
 * @example const { call } = createImageTools({ manager, store }); await call('generate_image', { prompt: 'a red fox' })
 */
export const createImageTools = (settings: ImageToolsSettings): ImageTools =>
  assembleImageTools(settings, PLATFORM_CLOCK);

export function assembleImageTools(given: ImageToolsSettings, clock: ToolClock): ImageTools {
  const settings = fillSettings(given);
  const { manager, store, profile, runner } = settings;
  const set: ToolSet = {
    ...{ manager, store, settings, clock },
    runner: runner ?? createManagerRunner({ manager, store }, clock),
    limits: createSessionLimits(settings),
    session: profile === undefined ? undefined : manager.session(),
    id: randomId(),
    starting: new Map(),
    jobIds: new Map(),
    newest: {},
  };
  let isClosed = false;
  const tools = TOOL_TABLE.map((definition): ImageTool => {
    const { name, title, description, annotations } = definition;
    const execute = executorOf(definition, set, () => isClosed);
    return {
      ...{ name, title, description, annotations, execute },
      parameters: toParameters(definition),
      output: toOutput(definition),
    };
  });
  return {
    tools,
    async call(name, args, context) {
      const tool = tools.find((each) => each.name === name);
      if (tool !== undefined) return tool.execute(args, context);
      const names = tools.map((each) => each.name).join(', ');
      return refuse('invalid_request', `There is no tool ${quoteName(name)}. The tools are ${names}.`);
    },
    manifest: () => createManifest(manager, { providers: settings.providers }),
    preview: async (id) => createPreview(await store.open(id)),
    async close({ deadlineMs } = {}) {
      isClosed = true;
      await set.runner.close(deadlineMs);
    },
  };
}

function executorOf(definition: ToolDefinition, set: ToolSet, isClosed: () => boolean): ImageTool['execute'] {
  const { name: tool, args: schema } = definition;
  const known = Object.keys((toParameters(definition).properties ?? {}) as object);
  return async (args, context = {}): Promise<ToolResult> => {
    try {
      if (isClosed()) return refuse('unavailable', 'These tools are closed. Nothing was sent.');
      const parsed = parseArguments(schema, args, known);
      if (!parsed.success) return refuse('invalid_request', `${parsed.error} Nothing was sent.`);
      return await definition.run(parsed.args, { set, tool, context: checkContext(context) });
    } catch (error) {
      return toRefusal(error);
    }
  };
}
