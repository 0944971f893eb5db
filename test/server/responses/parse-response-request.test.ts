import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpFault } from '../../../src/apps/server/http/http-fault.ts';
import { parseResponseRequest } from '../../../src/apps/server/openai/responses/parse-response-request.ts';

const tools = [{ type: 'image_generation' }];
const data = 'data:image/png;base64,AAAA';

describe('a request of the Responses API', () => {
  it('may have its prompt as a text', () => {
    expect(parseResponseRequest({ model: 'gpt-5', input: 'a red fox', tools })).toEqual({
      prompt: 'a red fox',
      promptParam: 'input',
      model: undefined,
      outerModel: 'gpt-5',
      fields: {},
      action: 'auto',
      inputs: [],
      mask: undefined,
      isStream: false,
      partialImages: 0,
      previous: undefined,
      warnings: [],
    });
  });

  it('passes the settings of the tool on, and ignores null', () => {
    const tool = { ...tools[0], model: 'gpt-image-2', size: '1024x1024', quality: null, partial_images: 2 };
    const { model, fields, partialImages, isStream } = parseResponseRequest({
      input: 'x',
      tools: [tool],
      stream: true,
      background: null,
    });
    expect({ model, fields, partialImages, isStream }).toEqual({
      model: 'gpt-image-2',
      fields: { size: '1024x1024', quality: null },
      partialImages: 2,
      isStream: true,
    });
  });

  it('says which settings of the Images API have no effect in the tool', () => {
    const body = { input: 'a red fox', tools: [{ ...tools[0], stream: true, response_format: 'url', mask: null }] };
    expect(parseResponseRequest(body)).toMatchObject({
      fields: { mask: null },
      warnings: [
        '`tools[0].stream` has no effect on an image.',
        '`tools[0].response_format` has no effect on an image.',
      ],
    });
  });

  it('is read as Home Assistant sends it', () => {
    const body = {
      model: 'gpt-5-mini',
      input: [
        { type: 'message', role: 'developer', content: 'You are an assistant of a home.' },
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'the garden in snow' },
            { type: 'input_image', image_url: data, detail: 'auto' },
          ],
        },
      ],
      instructions: 'Answer briefly.',
      max_output_tokens: 3000,
      user: 'a-user',
      store: true,
      stream: true,
      tools: [{ type: 'image_generation', model: 'gpt-image-1', input_fidelity: 'high', output_format: 'png' }],
      tool_choice: { type: 'image_generation' },
    };
    expect(parseResponseRequest(body)).toMatchObject({
      prompt: 'the garden in snow',
      promptParam: 'input[1]',
      model: 'gpt-image-1',
      fields: { input_fidelity: 'high', output_format: 'png' },
      inputs: [{ kind: 'link', url: data, param: 'input[1].content[1].image_url' }],
      isStream: true,
      warnings: [
        '`instructions` has no effect on an image.',
        '`max_output_tokens` has no effect on an image.',
        '`user` has no effect on an image.',
        '`store` has no effect on an image.',
        'Only the latest message of the user was used.',
      ],
    });
  });

  it('continues the latest image of a conversation', () => {
    const input = [
      { role: 'user', content: 'a red fox' },
      { type: 'image_generation_call', id: 'ig_a_0', result: 'AAAA', status: 'completed' },
      { role: 'user', content: 'now blue' },
    ];
    expect(parseResponseRequest({ input, tools })).toMatchObject({
      prompt: 'now blue',
      inputs: [{ kind: 'call', id: 'ig_a_0', param: 'input[1]' }],
    });
    const previous = parseResponseRequest({ input: 'now blue', previous_response_id: 'resp_a', tools });
    expect(previous.inputs).toEqual([{ kind: 'response', id: 'resp_a', param: 'previous_response_id' }]);
    const generate = [{ ...tools[0], action: 'generate' }];
    expect(parseResponseRequest({ input, tools: generate })).toMatchObject({
      inputs: [],
      warnings: [expect.stringContaining('input images were not used'), expect.any(String)],
    });
  });

  const user = (content: unknown) => [{ role: 'user', content }];
  it.each<[param: string, body: unknown]>([
    ['', 'a text'],
    ['', []],
    ['tools', { input: 'x' }],
    ['tools', { input: 'x', tools: {} }],
    ['tools[0].type', { input: 'x', tools: [{ type: 'web_search' }] }],
    ['tools[1].type', { input: 'x', tools: [...tools, { type: 'function', name: 'f' }] }],
    ['tools[1]', { input: 'x', tools: [...tools, ...tools] }],
    ['tools[0].action', { input: 'x', tools: [{ ...tools[0], action: 'edit' }] }],
    ['tools[0].action', { input: 'x', tools: [{ ...tools[0], action: 'draw' }] }],
    ['tools[0].model', { input: 'x', tools: [{ ...tools[0], model: 1 }] }],
    ['tools[0].partial_images', { input: 'x', tools: [{ ...tools[0], partial_images: 4 }] }],
    ['tools[0].input_image_mask', { input: 'x', tools: [{ ...tools[0], input_image_mask: data }] }],
    ['tools[0].input_image_mask.image_url', { input: 'x', tools: [{ ...tools[0], input_image_mask: {} }] }],
    ['tools[0].input_image_mask', { input: 'x', tools: [{ ...tools[0], input_image_mask: { image_url: data } }] }],
    [
      'tools[0].input_image_mask',
      {
        input: [{ role: 'user', content: [{ type: 'input_image', image_url: data }] }],
        tools: [{ ...tools[0], action: 'generate', input_image_mask: { image_url: data } }],
      },
    ],
    ['tools[0].prompt', { input: 'x', tools: [{ ...tools[0], prompt: 'y' }] }],
    ['tools[0].image', { input: 'x', tools: [{ ...tools[0], image: data }] }],
    ['tools[0].images', { input: 'x', tools: [{ ...tools[0], images: [data] }] }],
    ['tools[0].mask', { input: 'x', tools: [{ ...tools[0], mask: data }] }],
    ['tool_choice', { input: 'x', tools, tool_choice: 'none' }],
    ['tool_choice', { input: 'x', tools, tool_choice: { type: 'function', name: 'f' } }],
    ['background', { input: 'x', tools, background: true }],
    ['conversation', { input: 'x', tools, conversation: 'conv_1' }],
    ['prompt', { input: 'x', tools, prompt: { id: 'pmpt_1' } }],
    ['stream', { input: 'x', tools, stream: 'yes' }],
    ['model', { input: 'x', tools, model: 5 }],
    ['input', { tools }],
    ['input', { input: [], tools }],
    ['input', { input: [{ role: 'assistant', content: 'hello' }], tools }],
    ['input[0]', { input: ['x'], tools }],
    ['input[0].type', { input: [{ type: 'function_call_output' }], tools }],
    ['input[0].id', { input: [{ type: 'image_generation_call' }], tools }],
    ['input[0].content', { input: user(undefined), tools }],
    ['input[0].content[0].type', { input: user([{ type: 'input_file', file_id: 'f' }]), tools }],
    ['input[0].content[0].image_url', { input: user([{ type: 'input_image' }]), tools }],
    ['input[0].content[0].file_id', { input: user([{ type: 'input_image', file_id: 7 }]), tools }],
  ])('is refused with param "%s": %j', (param, body) => {
    expect(() => parseResponseRequest(body)).toThrow(HttpFault);
    try {
      parseResponseRequest(body);
    } catch (error) {
      expect(error).toMatchObject({ status: 400, details: { param } });
    }
  });

  it('is read or refused, whatever JSON it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (input, tool) => {
        try {
          parseResponseRequest({ input, tools: [{ type: 'image_generation', ...(tool as object) }] });
        } catch (error) {
          expect(error).toBeInstanceOf(HttpFault);
        }
      }),
    );
  });
});
