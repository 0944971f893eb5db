/** `imageToolSet` with the real `generateText` of the AI SDK. */
import { generateText, isStepCount } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { expect, it } from 'vitest';
import { imageToolSet } from '../../../src/integrations/ai-sdk/index.ts';
import type { ImageTool, ImageTools, ToolCallContext, ToolResult } from '../../../src/tool/index.ts';

interface Executed {
  readonly args: unknown;
  readonly context: ToolCallContext | undefined;
}

const IMAGES = ['a1', 'a2'].map((id) => ({ id, uri: `imagen://images/${id}` }));
const DONE = { success: true as const, data: { status: 'done', images: IMAGES } };

/** The tools of an agent that answer what a test says, and keep what they were called with. */
function createTools(answer: ToolResult = DONE) {
  const executed: Executed[] = [];
  const base: Omit<ImageTool, 'name'> = {
    title: 'Generate an image',
    description: 'Generates an image.',
    parameters: {
      type: 'object',
      properties: { prompt: { type: 'string' } },
      required: ['prompt'],
      additionalProperties: false,
    },
    output: { type: 'object' },
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    async execute(args, context) {
      executed.push({ args, context });
      return answer;
    },
  };
  const tools: Pick<ImageTools, 'tools' | 'preview'> = {
    tools: [
      { ...base, name: 'generate_image' },
      { ...base, name: 'get_image' },
    ],
    preview: async (id) =>
      id === 'a1' ? { bytes: new Uint8Array([1, 2, 3]), mediaType: 'image/webp', width: 1, height: 1 } : undefined,
  };
  return { tools, executed };
}

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
} as const;

/** A language model that calls the tool once, then says that it is done. */
function createLanguageModel(input = '{"prompt":"a fox"}') {
  return new MockLanguageModelV4({
    doGenerate: [
      {
        content: [{ type: 'tool-call', toolCallId: 'call_1', toolName: 'generate_image', input }],
        finishReason: { unified: 'tool-calls', raw: undefined },
        usage,
        warnings: [],
      },
      {
        content: [{ type: 'text', text: 'Here it is.' }],
        finishReason: { unified: 'stop', raw: undefined },
        usage,
        warnings: [],
      },
    ],
  });
}

async function run(answer?: ToolResult, settings?: Parameters<typeof imageToolSet>[1]) {
  const { tools, executed } = createTools(answer);
  const model = createLanguageModel();
  const abortSignal = new AbortController().signal;
  const { text } = await generateText({
    model,
    prompt: 'Show me a fox.',
    tools: imageToolSet(tools, settings),
    stopWhen: isStepCount(3),
    abortSignal,
  });
  const [first, second] = model.doGenerateCalls;
  const told = second?.prompt.at(-1);
  const [result] = told?.role === 'tool' ? told.content : [];
  return { text, executed, first, output: result?.type === 'tool-result' ? result.output : undefined };
}

it('gives the model the tools with their own schemas', async () => {
  const { first } = await run();
  expect(first?.tools).toMatchObject([
    { name: 'generate_image', description: 'Generates an image.', inputSchema: { required: ['prompt'] } },
    { name: 'get_image' },
  ]);
});

it('gives the model only the tools that are chosen', async () => {
  const { first } = await run(undefined, { tools: ['generate_image'] });
  expect(first?.tools?.map(({ name }) => name)).toEqual(['generate_image']);
});

it('L15: uses the id of the tool call as call id', async () => {
  const { executed, text } = await run(undefined, { conversationId: 'talk-7' });
  expect(executed).toEqual([
    {
      args: { prompt: 'a fox' },
      context: { callId: 'call_1', conversation_id: 'talk-7', signal: expect.any(AbortSignal) },
    },
  ]);
  expect(text).toBe('Here it is.');
});

it('L10: shows the model a small version of each image beside the answer', async () => {
  const { output } = await run();
  expect(output).toEqual({
    type: 'content',
    value: [
      { type: 'text', text: JSON.stringify(DONE) },
      { type: 'file', mediaType: 'image/webp', data: { type: 'data', data: 'AQID' } },
    ],
  });
});

it('shows it in the form of AI SDK 6', async () => {
  const tools = imageToolSet(createTools().tools, { previews: 'image-data' });
  expect(await tools.generate_image?.toModelOutput({ output: DONE })).toEqual({
    type: 'content',
    value: [
      { type: 'text', text: JSON.stringify(DONE) },
      { type: 'image-data', mediaType: 'image/webp', data: 'AQID' },
    ],
  });
});

it('shows the model a stored image that it asked for by its id', async () => {
  const stored = { success: true as const, data: { status: 'stored', images: IMAGES.slice(0, 1) } };
  expect((await run(stored)).output).toMatchObject({ type: 'content', value: [{ type: 'text' }, { type: 'file' }] });
});

it('answers with data alone where previews are not wanted, or a list is the answer', async () => {
  expect((await run(undefined, { previews: false })).output).toEqual({ type: 'json', value: DONE });
  const list = { success: true as const, data: { images: IMAGES } };
  expect((await run(list)).output).toEqual({ type: 'json', value: list });
});

it('answers with the failure of a tool, which the model can read', async () => {
  const failure: ToolResult = {
    success: false,
    error: 'The budget does not allow it.',
    data: { code: 'budget_exceeded', charged: 'no', job_id: null, retry: false },
  };
  expect((await run(failure)).output).toEqual({ type: 'error-json', value: failure });
});
