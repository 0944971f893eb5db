/**
 * A vendor of language models that asks for one image and then says that it is done: the wire formats of OpenAI (Responses and Chat
 * Completions), Anthropic and Gemini, over a real socket.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AgentVendor {
  readonly url: string;
  /** The bodies of all requests. */
  readonly requests: readonly unknown[];
  readonly close: () => Promise<void>;
}

const CALL_ID = 'call_0a1b2c3d4e5f6789';
const DONE = 'Here is your image.';
/** In strict mode, an optional argument is null. */
const ARGS = { prompt: 'a red fox in the snow', size: '64x64', n: null };
const SENT = { prompt: ARGS.prompt, size: ARGS.size };

interface Dialect {
  /** What a path of the API contains. */
  readonly path: string;
  readonly toCall: object;
  readonly toEnd: object;
}

const response = (id: string, output: readonly object[]) => ({
  ...{ id, object: 'response', created_at: 1, status: 'completed', model: 'gpt-5-mini', output },
  ...{ parallel_tool_calls: true, tool_choice: 'auto', tools: [], error: null, incomplete_details: null },
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
});
const completion = (message: object, finish_reason: string) => ({
  ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'gpt-5-mini' },
  choices: [{ index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});
const anthropicMessage = (content: readonly object[], stop_reason: string) => ({
  ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-5', content, stop_reason },
  ...{ stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } },
});
const candidate = (part: object) => ({
  candidates: [{ index: 0, content: { role: 'model', parts: [part] }, finishReason: 'STOP' }],
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
});
const text = { type: 'output_text', text: DONE, annotations: [] };

const DIALECTS: readonly Dialect[] = [
  {
    path: '/responses',
    toCall: response('resp_1', [
      {
        ...{ type: 'function_call', id: 'fc_1', call_id: CALL_ID, name: 'generate_image', status: 'completed' },
        arguments: JSON.stringify(ARGS),
      },
    ]),
    toEnd: response('resp_2', [
      { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content: [text] },
    ]),
  },
  {
    path: '/chat/completions',
    toCall: completion(
      {
        tool_calls: [
          { id: CALL_ID, type: 'function', function: { name: 'generate_image', arguments: JSON.stringify(SENT) } },
        ],
      },
      'tool_calls',
    ),
    toEnd: completion({ content: DONE }, 'stop'),
  },
  {
    path: '/messages',
    toCall: anthropicMessage(
      [{ type: 'tool_use', id: CALL_ID.replace('call', 'toolu'), name: 'generate_image', input: SENT }],
      'tool_use',
    ),
    toEnd: anthropicMessage([{ type: 'text', text: DONE }], 'end_turn'),
  },
  {
    path: ':generateContent',
    toCall: candidate({ functionCall: { name: 'generate_image', args: SENT } }),
    toEnd: candidate({ text: DONE }),
  },
];

/** What the answer of a tool contains, in every dialect. */
const RESULT = /"(?:function_call_output|tool_result|functionResponse)"|"role":"tool"/;

export async function startAgentVendor(): Promise<AgentVendor> {
  const requests: unknown[] = [];
  const server = createServer(async (request, reply) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const dialect = DIALECTS.find(({ path }) => request.url?.split('?')[0]?.endsWith(path));
    if (dialect === undefined) {
      reply.writeHead(404).end(`{"error":{"message":"no ${request.url}"}}`);
      return;
    }
    const sent: unknown = JSON.parse(body);
    requests.push(sent);
    reply.writeHead(200, { 'content-type': 'application/json' });
    reply.end(JSON.stringify(RESULT.test(JSON.stringify(sent)) ? dialect.toEnd : dialect.toCall));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
