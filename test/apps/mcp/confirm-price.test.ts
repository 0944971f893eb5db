import { type ClientOptions, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { describe, expect, it } from 'vitest';
import { createImagenMcp } from '../../../src/apps/mcp/index.ts';
import type { ToolFailure, ToolResult } from '../../../src/tool/index.ts';
import {
  createClient,
  createFakeTools,
  done,
  EMPTY_STORE,
  ERAS,
  mcpConnections,
  type RecordedCall,
} from './support.ts';

const connect = mcpConnections();

const tooDear: ToolFailure = {
  success: false,
  error: 'The call costs about $2.00. Ask the user.',
  data: {
    code: 'confirmation_required',
    charged: 'no',
    job_id: null,
    retry: false,
    estimated_usd: 2,
    confirm_cost_usd: 2,
  },
};

/** Needs agreement to 2 dollars, as the real tool. */
const answer = ({ args }: RecordedCall): ToolResult =>
  ((args as { confirm_cost_usd?: number }).confirm_cost_usd ?? 0) >= 2 ? done('a') : tooDear;

const asksUser: ClientOptions = { capabilities: { elicitation: { form: {} } } };
const call = { name: 'generate_image', arguments: { prompt: 'a fox\n\nin the\u202e snow' } };

describe.each(ERAS)('a call above the limit, with a client of the mode %s', (era) => {
  it('is made with the price that the user agreed to, under one call id', async () => {
    const tools = createFakeTools(answer);
    const { client, connect: open } = await connect({ tools }, era, asksUser);
    const questions: string[] = [];
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      questions.push(params.message);
      return { action: 'accept', content: { agree: true } };
    });
    await open();
    const result = await client.callTool(call);
    expect(result.structuredContent).toEqual(done('a'));
    expect(questions).toEqual([
      'This call costs about $2.00. Nothing has been sent yet. The prompt begins: "a fox in the snow"',
    ]);
    expect(tools.calls.map(({ args }) => args)).toEqual([call.arguments, { ...call.arguments, confirm_cost_usd: 2 }]);
    expect(new Set(tools.calls.map(({ context }) => context.callId)).size).toBe(1);
  });

  it.each([
    ['declines', { action: 'decline' as const }],
    ['closes the question', { action: 'cancel' as const }],
    ['does not tick the box', { action: 'accept' as const, content: { agree: false } }],
  ])('is not made when the user %s', async (_, reply) => {
    const tools = createFakeTools(answer);
    const { client, connect: open } = await connect({ tools }, era, asksUser);
    client.setRequestHandler('elicitation/create', async () => reply);
    await open();
    const result = await client.callTool(call);
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toMatchObject({ success: false, data: { code: 'aborted', charged: 'no' } });
    expect(tools.calls).toHaveLength(1);
  });

  it('is not made because an agent says that the user agreed, where the user can be asked', async () => {
    const tools = createFakeTools(answer);
    const { client, connect: open } = await connect({ tools }, era, asksUser);
    let questions = 0;
    client.setRequestHandler('elicitation/create', async () => {
      questions += 1;
      return { action: 'decline' };
    });
    await open();
    const hasty = { ...call, arguments: { ...call.arguments, confirm_cost_usd: 10_000 } };
    expect((await client.callTool(hasty)).structuredContent).toMatchObject({ data: { code: 'aborted' } });
    expect(questions).toBe(1);
    expect(tools.calls.map(({ args }) => args)).toEqual([call.arguments]);
  });

  it('is made when the user agrees to a price that is not known, and the question says so', async () => {
    const unpriced: ToolFailure = { ...tooDear, data: { ...tooDear.data, estimated_usd: null, confirm_cost_usd: 2 } };
    const tools = createFakeTools((made) => (answer(made).success ? done('a') : unpriced));
    const { client, connect: open } = await connect({ tools }, era, asksUser);
    const questions: string[] = [];
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      questions.push(params.message);
      return { action: 'accept', content: { agree: true } };
    });
    await open();
    expect((await client.callTool(call)).structuredContent).toEqual(done('a'));
    expect(questions).toEqual([expect.stringContaining('The price of this call is not known. It counts as $2.00.')]);
  });

  it('is answered with the price when the client cannot ask', async () => {
    const { client, connect: open } = await connect({ tools: createFakeTools(answer) }, era);
    await open();
    const result = await client.callTool(call);
    expect(result).toMatchObject({ isError: true, structuredContent: tooDear });
  });

  it('is answered with the price when the host does not want questions', async () => {
    const { client, connect: open } = await connect(
      { tools: createFakeTools(answer), elicitation: false },
      era,
      asksUser,
    );
    await open();
    expect((await client.callTool(call)).structuredContent).toEqual(tooDear);
  });
});

describe('over HTTP', () => {
  async function ask(era: (typeof ERAS)[number]) {
    const fetch = createImagenMcp({ tools: createFakeTools(answer), store: EMPTY_STORE }).handler();
    const client = createClient(era, asksUser);
    client.setRequestHandler('elicitation/create', async () => ({ action: 'accept', content: { agree: true } }));
    const transport = new StreamableHTTPClientTransport(new URL('http://127.0.0.1/mcp'), {
      fetch: async (url, init) => fetch(new Request(url, init)),
    });
    await client.connect(transport);
    const result = await client.callTool(call);
    await client.close();
    return result.structuredContent;
  }

  it('a client of the new era is asked', async () => {
    expect(await ask('auto')).toEqual(done('a'));
  });

  it('an older client cannot be asked, and gets the price', async () => {
    expect(await ask('legacy')).toEqual(tooDear);
  });
});

describe('the signed question', () => {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
  };
  const agreed = { price: { action: 'accept', content: { agree: true } } };

  function createSender() {
    const tools = createFakeTools(answer);
    const fetch = createImagenMcp({ tools, store: EMPTY_STORE }).handler();
    let id = 0;
    const send = async (args: object, more: object = {}) => {
      id += 1;
      const body = {
        ...{ jsonrpc: '2.0', id, method: 'tools/call' },
        params: { name: 'generate_image', arguments: args, _meta: meta, ...more },
      };
      const headers = {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'generate_image',
      };
      const reply = await fetch(
        new Request('http://127.0.0.1/mcp', { method: 'POST', headers, body: JSON.stringify(body) }),
      );
      return (await reply.json()) as { result: Record<string, never> & { requestState: string }; error?: unknown };
    };
    return { tools, send };
  }

  it('L15: an answer that arrives twice is one call', async () => {
    const { tools, send } = createSender();
    const { result } = await send({ prompt: 'a fox' });
    const more = { requestState: result.requestState, inputResponses: agreed };
    await send({ prompt: 'a fox' }, more);
    await send({ prompt: 'a fox' }, more);
    const [, first, second] = tools.calls;
    expect(first?.args).toEqual({ prompt: 'a fox', confirm_cost_usd: 2 });
    expect(second).toEqual(
      first && { args: first.args, context: { ...first.context, signal: second?.context.signal } },
    );
  });

  it('counts for no other arguments: the user is asked again', async () => {
    const { tools, send } = createSender();
    const { result } = await send({ prompt: 'a fox' });
    const other = await send({ prompt: 'a bear' }, { requestState: result.requestState, inputResponses: agreed });
    expect(other.result).toMatchObject({ resultType: 'input_required' });
    expect(tools.calls.at(-1)?.args).toEqual({ prompt: 'a bear' });
  });

  it('is refused when it was changed', async () => {
    const { tools, send } = createSender();
    const { result } = await send({ prompt: 'a fox' });
    const [version, payload = '', mac] = result.requestState.split('.');
    const cheaper = atob(payload.replaceAll('-', '+').replaceAll('_', '/')).replace('"usd":2', '"usd":9');
    const forged = `${version}.${btoa(cheaper).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}.${mac}`;
    const reply = await send({ prompt: 'a fox' }, { requestState: forged, inputResponses: agreed });
    expect(reply.error).toMatchObject({ code: -32602 });
    expect(tools.calls).toHaveLength(1);
  });
});
