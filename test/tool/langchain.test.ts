/** The tools in LangChain, with the real package. */
import { ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { langchainTool } from '../../src/tool/index.ts';
import { createTestTools, type TestTools } from './tool-set.ts';

let tools: TestTools;
beforeAll(async () => {
  tools = await createTestTools();
});
afterAll(() => tools.remove());

const generateImage = () => langchainTool(tool, tools.tool('generate_image'));
const callOf = (id: string, args: Record<string, unknown> = { prompt: 'a red fox' }, name = 'generate_image') => ({
  type: 'tool_call' as const,
  id,
  name,
  args,
});

async function invoke(...call: Parameters<typeof callOf>): Promise<ToolMessage> {
  const answer: unknown = await generateImage().invoke(callOf(...call));
  if (!ToolMessage.isInstance(answer)) throw new Error('not a message of a tool');
  return answer;
}

describe('a tool of LangChain', () => {
  it('has the name, the description and the arguments of the tool', () => {
    const { name, description, schema } = generateImage();

    expect({ name, description, schema }).toEqual({
      name: 'generate_image',
      description: tools.tool('generate_image').description,
      schema: tools.tool('generate_image').parameters,
    });
  });

  it('answers with JSON for the model and with the images as the artifact', async () => {
    const message = await invoke('call-of-the-answer-1', { prompt: 'a red fox', n: 2 });
    const { success, data } = JSON.parse(message.text);

    expect({ success, status: data.status }).toEqual({ success: true, status: 'done' });
    expect(message.tool_call_id).toBe('call-of-the-answer-1');
    expect(message.artifact).toEqual(
      data.images.map(({ id, path, mime }: Record<string, string>) => ({
        ...{ type: 'image', image_id: id, path, mime },
        ...{ prompt: 'a red fox', provider: 'stub', model: 'stub-1' },
      })),
    );
    expect(message.artifact).toHaveLength(2);
    expect(message.text.length).toBeLessThan(4_000);
  });

  it('L15: is paid once for a call that is repeated, and once more for another call', async () => {
    const before = tools.bills();
    const args = { prompt: 'a blue fox' };
    const ids = ['call-1-of-an-agent', 'call-1-of-an-agent', 'call-1-of-an-agent'];
    const answers = await Promise.all(ids.map((id) => invoke(id, args)));
    const images = answers.map(({ artifact }) => artifact[0].image_id);

    expect(new Set(images).size).toBe(1);
    expect(tools.bills() - before).toBe(1);

    const another = await invoke('call-2-of-an-agent', args);
    expect(another.artifact[0].image_id).not.toBe(images[0]);
    expect(tools.bills() - before).toBe(2);
  });

  it('L15: has calls of its own in every thread of a graph, which counts its ids anew', async () => {
    const before = tools.bills();
    const run = (thread_id: string) =>
      generateImage().invoke(callOf('call_0', { prompt: 'a green fox' }), { configurable: { thread_id } });

    await run('thread-1');
    await run('thread-1');
    await run('thread-2');
    expect(tools.bills() - before).toBe(2);
  });

  it('L06: refuses an unknown argument before anything is sent', async () => {
    const before = tools.bills();

    await expect(invoke('call-3-of-an-agent', { prompt: 'a fox', provider_url: 'http://x' })).rejects.toThrow();
    expect(tools.bills()).toBe(before);
  });

  it('answers a failure as JSON with the code, and without images', async () => {
    const message = await invoke('call-4-of-an-agent', { prompt: 'a fox', provider: 'nowhere' });

    expect(JSON.parse(message.text)).toMatchObject({ success: false, data: { charged: 'no' } });
    expect(message.artifact).toEqual([]);
  });

  it('answers with the images of an earlier call', async () => {
    const message = await invoke('call-5-of-an-agent', { prompt: 'a white fox' });
    const { job_id } = JSON.parse(message.text).data;
    const getImage = langchainTool(tool, tools.tool('get_image'));
    const found = (await getImage.invoke(callOf('call-6-of-an-agent', { job_id }, 'get_image'))) as ToolMessage;

    expect(found.artifact).toMatchObject([{ type: 'image', image_id: message.artifact[0].image_id }]);
  });

  it('L09: stops waiting when the run is aborted', async () => {
    const aborted = AbortSignal.abort(new Error('the run was aborted'));

    await expect(generateImage().invoke(callOf('call-7'), { signal: aborted })).rejects.toThrow('abort');
  });
});
