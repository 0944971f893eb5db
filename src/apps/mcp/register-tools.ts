/** Offers the tools to a client. */
import type { ClientCapabilities, McpServer, ServerContext } from '@modelcontextprotocol/server';
import type { ImageTool } from '../../tool/index.ts';
import { hashOfCall } from './calls/call-ids.ts';
import {
  askForPrice,
  canAsk,
  declined,
  type PriceQuestion,
  priceToConfirm,
  readPriceAnswer,
} from './calls/confirm-price.ts';
import { progressReporter } from './calls/report-progress.ts';
import { describeOnly } from './json-schema.ts';
import type { McpConnection } from './mcp-connection.ts';
import { toCallResult } from './results/to-call-result.ts';

export function registerTools(server: McpServer, connection: McpConnection): void {
  for (const tool of connection.settings.tools.tools) {
    const { title, description, annotations } = tool;
    server.registerTool(
      tool.name,
      {
        ...{ title, description, annotations: { ...annotations } },
        inputSchema: describeOnly(tool.parameters),
        outputSchema: describeOnly(tool.output),
      },
      (args, context) => callTool(tool, args, context, server, connection),
    );
  }
}

/** The SDK runs it again, from the beginning, when the user has answered a question. */
async function callTool(
  tool: ImageTool,
  given: unknown,
  context: ServerContext,
  server: McpServer,
  { sdk, settings, callIds, codec, era, request }: McpConnection,
) {
  const hash = await hashOfCall(tool.name, given);
  const question = context.mcpReq.requestState<PriceQuestion>();
  // The answer to a question about another call counts for nothing.
  const asked = question?.hash === hash ? question : undefined;
  const answer = asked === undefined ? 'none' : readPriceAnswer(sdk, context);
  if (answer === 'declined') return toCallResult(declined(), settings, request);

  const holder = context.http?.authInfo?.clientId;
  const callId = asked?.callId ?? callIds({ id: context.mcpReq.id, hash, holder });
  const isAgreed = asked !== undefined && answer === 'accepted';
  const mayAsk = settings.elicitation !== false && canAsk(capabilitiesOf());
  const args = isAgreed
    ? { ...toFields(given), confirm_cost_usd: asked.usd }
    : mayAsk
      ? withoutAgreement(given)
      : given;
  const onProgress = progressReporter(context);
  const result = await tool.execute(args, {
    callId,
    signal: context.mcpReq.signal,
    ...(onProgress && { onProgress }),
  });
  const price = isAgreed || !mayAsk ? undefined : priceToConfirm(result);
  if (price === undefined) return toCallResult(result, settings, request);
  const { prompt } = toFields(given);
  return askForPrice(sdk, price, prompt, await codec.mint({ callId, usd: price.usd, hash }, context));

  /** A legacy client over HTTP has no connection on which it could be asked. */
  function capabilitiesOf() {
    if (era === 'modern') return readCapabilities(context.mcpReq.envelope, sdk.CLIENT_CAPABILITIES_META_KEY);
    return request === undefined ? server.server.getClientCapabilities() : undefined;
  }
}

/** The SDK has checked them; their type is that of any field of the request. */
const readCapabilities = (envelope: unknown, key: string) =>
  toFields(envelope)[key] as Pick<ClientCapabilities, 'elicitation'> | undefined;

/** Where the user can be asked, an agent cannot agree in place of the user. What is no price is left for the tool to refuse. */
function withoutAgreement(args: unknown): unknown {
  const { confirm_cost_usd, ...others } = toFields(args);
  return typeof confirm_cost_usd === 'number' && confirm_cost_usd >= 0 ? others : args;
}

const toFields = (args: unknown): Readonly<Record<string, unknown>> =>
  typeof args === 'object' && args !== null ? (args as Readonly<Record<string, unknown>>) : {};
