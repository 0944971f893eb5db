/** `imageToolSet` over the real tools: an agent that repeats each call pays for it once. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateText, isStepCount } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createImageManager, type ImageManager, StubProvider } from '../../../src/index.ts';
import { imageToolSet } from '../../../src/integrations/ai-sdk/index.ts';
import { createStore, type Store } from '../../../src/store/index.ts';
import { createImageTools } from '../../../src/tool/index.ts';

const stub = new StubProvider();
let directory = '';
let store: Store;
let manager: ImageManager;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ai-image-real-tools-'));
  store = createStore({ directory });
  manager = createImageManager({ providers: { stub }, store });
});
afterAll(async () => {
  await manager.close();
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
} as const;

/** @param calls the tool calls of the first step: id and arguments */
function createLanguageModel(calls: readonly (readonly [id: string, args: object])[]) {
  return new MockLanguageModelV4({
    doGenerate: [
      {
        content: calls.map(([toolCallId, args]) => ({
          type: 'tool-call',
          toolCallId,
          toolName: 'generate_image',
          input: JSON.stringify(args),
        })),
        finishReason: { unified: 'tool-calls', raw: undefined },
        usage,
        warnings: [],
      },
      {
        content: [{ type: 'text', text: 'done' }],
        finishReason: { unified: 'stop', raw: undefined },
        usage,
        warnings: [],
      },
    ],
  });
}

async function run(tools: ReturnType<typeof imageToolSet>, calls: Parameters<typeof createLanguageModel>[0]) {
  const model = createLanguageModel(calls);
  await generateText({ model, prompt: 'Show me foxes.', tools, stopWhen: isStepCount(3) });
  const told = model.doGenerateCalls[1]?.prompt.at(-1);
  return (told?.role === 'tool' ? told.content : []).map((part) => part.type === 'tool-result' && part.output);
}

it('L15: bills equal the ids of tool calls, however often the agent repeats them', async () => {
  const tools = imageToolSet(createImageTools({ manager, store }), { conversationId: 'talk-1' });
  const args = { prompt: 'a fox of the agent', size: '64x64' };
  for (let repetition = 0; repetition < 3; repetition++) await run(tools, [['call_a', args]]);
  expect(stub.calls).toHaveLength(1);
  for (const id of ['call_b', 'call_c']) await run(tools, [[id, args]]);
  expect(stub.calls).toHaveLength(3);
});

it('L10: shows the model a small version of each image', async () => {
  const tools = imageToolSet(createImageTools({ manager, store }));
  const [output] = await run(tools, [['call_d', { prompt: 'a fox to look at', size: '64x64' }]]);
  expect(output).toMatchObject({
    type: 'content',
    value: [
      { type: 'text', text: expect.stringContaining('"status":"done"') },
      { type: 'file', mediaType: expect.stringMatching(/^image\//), data: { type: 'data' } },
    ],
  });
});

it('L06: answers a wrong argument with a failure, and sends nothing', async () => {
  stub.reset();
  const tools = imageToolSet(createImageTools({ manager, store }));
  const [output] = await run(tools, [['call_e', { prompt: 'a fox', headers: { authorization: 'x' } }]]);
  expect(output).toMatchObject({ type: 'error-json', value: { success: false, data: { code: 'invalid_request' } } });
  expect(stub.calls).toEqual([]);
});
