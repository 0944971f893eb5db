import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastImage, toAssistantMessage, toReference } from '../../src/tool/index.ts';
import { plainPng } from './files-support.ts';

const ID = 'f0f0f0f0f0f0f0f0';
const bytes = await plainPng(3, 2);
const data = Buffer.from(bytes).toString('base64');
const stored = {
  id: ID,
  mime: 'image/png',
  path: '/images/fox.png',
  url: null,
  uri: `imagen://images/${ID}`,
  width: 3,
  height: 2,
};
const answer = {
  success: true,
  data: {
    status: 'done',
    images: [{ ...stored, id: '0000000000000000', uri: 'imagen://images/0000000000000000' }, stored],
    job_id: 'j',
  },
};
const named = { id: ID, path: '/images/fox.png', mediaType: 'image/png' };
const user = { role: 'user', content: 'Make it blue.' };

describe('the last image', () => {
  it('is that of our own message, with its id', () => {
    const message = toAssistantMessage('Here.', [{ ...stored, mime: 'image/png' }], {
      prompt: 'p',
      provider: 's',
      model: 'm',
    });
    expect(lastImage([message, user])).toEqual(named);
    expect(lastImage(JSON.parse(JSON.stringify([message, user])))).toEqual(named);
  });

  it('is that of the latest message, and in it of the latest part', () => {
    const image = (url: string) => ({ type: 'input_image', image_url: `https://x.example/${url}` });
    const messages = [
      { content: [image('a'), image('b')] },
      { content: [image('c'), image('d'), { type: 'text', text: '' }] },
      user,
    ];
    expect(lastImage(messages)).toEqual({ url: 'https://x.example/d' });
  });

  it.each([
    ['Chat Completions', { role: 'tool', tool_call_id: '1', content: JSON.stringify(answer) }],
    ['Responses', { type: 'function_call_output', call_id: '1', output: JSON.stringify(answer) }],
    [
      'Anthropic',
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: '1', content: [{ type: 'text', text: JSON.stringify(answer) }] }],
      },
    ],
    ['Gemini', { role: 'user', parts: [{ functionResponse: { name: 'generate_image', response: answer } }] }],
    [
      'AI SDK',
      {
        role: 'tool',
        content: [{ type: 'tool-result', toolCallId: '1', toolName: 'g', output: { type: 'json', value: answer } }],
      },
    ],
    [
      'AI SDK user interfaces',
      { role: 'assistant', parts: [{ type: 'tool-generate_image', state: 'output-available', output: answer }] },
    ],
    ['MCP', { content: [{ type: 'image', data, mimeType: 'image/png' }], structuredContent: answer }],
    ['LangChain', new ToolMessage({ content: JSON.stringify(answer), tool_call_id: '1' })],
    ['LangChain with an artifact', new ToolMessage({ content: 'done', artifact: answer.data, tool_call_id: '1' })],
  ])('is found in the answer of a tool: %s', (_, message) => {
    expect(lastImage([user, message])).toEqual(named);
  });

  it.each([
    ['Chat Completions', { type: 'image_url', image_url: { url: `data:image/png;base64,${data}`, detail: 'low' } }],
    [
      'an image that OpenAI generated',
      { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: data },
    ],
    ['AI SDK 7', { type: 'file', mediaType: 'image/png', data: { type: 'data', data: bytes } }],
    ['AI SDK 5', { type: 'file', mediaType: 'image/png', data: Buffer.from(bytes) }],
    ['AI SDK 4', { type: 'image', image: new Uint8Array(bytes).buffer }],
    [
      'AI SDK results',
      { type: 'tool-result', output: { type: 'content', value: [{ type: 'media', mediaType: 'image/png', data }] } },
    ],
    ['AI SDK user interfaces', { type: 'file', mediaType: 'image/png', url: `data:image/png;base64,${data}` }],
    ['MCP resources', { type: 'resource', resource: { uri: 'file:///x', mimeType: 'image/png', blob: data } }],
    ['LangChain 0.3', { type: 'image', source_type: 'base64', mime_type: 'image/png', data }],
    ['Python clients of Gemini', { inline_data: { mime_type: 'image/png', data } }],
  ])('is read from its bytes: %s', (_, part) => {
    expect(lastImage([{ role: 'user', content: [part] }, user])).toEqual({ bytes, mediaType: 'image/png' });
  });

  it('is found in messages of LangChain, also when they were stored', () => {
    const human = new HumanMessage({ content: [{ type: 'image', mimeType: 'image/png', data }] });
    expect(lastImage([human, new AIMessage('Nice.')])).toEqual({ bytes, mediaType: 'image/png' });
    expect(lastImage(JSON.parse(JSON.stringify([human])))).toEqual({ bytes, mediaType: 'image/png' });
  });

  it('is named by a link of ours', () => {
    const part = { type: 'resource_link', uri: `imagen://images/${ID}`, name: 'fox' };
    expect(lastImage([{ content: [part] }])).toEqual({ id: ID });
    expect(lastImage([{ content: [{ type: 'image_url', image_url: { url: `imagen://images/${ID}` } }] }])).toEqual({
      id: ID,
    });
  });

  it('is not what is no image: other files, wrong bytes, links that a browser does not open', () => {
    const parts = [
      ...[
        { type: 'file', mediaType: 'application/pdf', data },
        { type: 'image', data: 'aGVsbG8=', mimeType: 'image/png' },
      ],
      ...[{ type: 'image' }, { type: 'image', image_id: '../../etc' }, { type: 'input_image', file_id: 'file-1' }],
      ...[
        { type: 'image_url', image_url: 'javascript:alert(1)' },
        { type: 'image', url: 'file:///etc/passwd' },
      ],
      ...[
        { type: 'text', text: `data:image/png;base64,${data}` },
        { type: 'text', text: JSON.stringify(answer) },
      ],
    ];
    for (const part of parts)
      expect(lastImage([{ role: 'user', content: [part] }]), JSON.stringify(part)).toBeUndefined();
    expect(lastImage([{ role: 'user', content: JSON.stringify(answer) }])).toBeUndefined();
  });

  it('is none in anything else', () => {
    for (const value of [undefined, null, 1, '', 'x', [], {}, [null, [undefined]], () => 1, Symbol('x')]) {
      expect(lastImage(value)).toBeUndefined();
    }
  });
});

describe('hostile messages', () => {
  const part = { type: 'image_url', image_url: 'https://x.example/a' };

  it('with circles and deep nesting end', () => {
    const circle: Record<string, unknown> = { role: 'user' };
    circle.content = [circle, circle];
    circle.data = circle;
    expect(lastImage([circle])).toBeUndefined();
    let deep: unknown = part;
    for (let level = 0; level < 10_000; level++) deep = { content: [deep] };
    expect(lastImage([deep])).toBeUndefined();
    expect(lastImage([{ role: 'tool', content: '['.repeat(150_000) }])).toBeUndefined();
  });

  it('with a million parts are read from the end, up to a limit', () => {
    const parts: object[] = Array.from({ length: 1_000_000 }, () => ({ type: 'text', text: '{}' }));
    parts[0] = part;
    expect(lastImage([{ role: 'tool', content: parts }])).toBeUndefined();
    parts[990_000] = part;
    expect(lastImage([{ role: 'tool', content: parts }])).toEqual({ url: 'https://x.example/a' });
    expect(lastImage(new Array(4_000_000_000))).toBeUndefined();
  });

  it('with accessors are not asked', () => {
    let asked = 0;
    const trap = {
      get content(): unknown {
        asked++;
        throw new Error('no');
      },
      get type(): string {
        asked++;
        return 'image';
      },
    };
    expect(lastImage([{ content: [part] }, trap])).toEqual({ url: 'https://x.example/a' });
    expect(asked).toBe(0);
  });

  it('with proxies that throw or lie are skipped', () => {
    const throwing = new Proxy(
      {},
      new Proxy(
        {},
        {
          get: () => () => {
            throw new Error('no');
          },
        },
      ),
    );
    const { proxy: revoked, revoke } = Proxy.revocable([], {});
    revoke();
    const endless = new Proxy([], {
      getOwnPropertyDescriptor: () => ({ value: endless, configurable: true }),
    }) as unknown;
    const lying = { type: 'image', data: throwing, url: revoked };
    expect(lastImage([{ content: [part] }, throwing, revoked, endless, lying])).toEqual({ url: 'https://x.example/a' });
  });

  it('with many large texts that are almost base64 end', () => {
    const text = `${'A'.repeat(20_000_000)}!`;
    const parts = Array.from({ length: 50_000 }, () => ({ type: 'image', data: text, mimeType: 'image/png' }));
    expect(lastImage([{ content: parts }])).toBeUndefined();
  });

  it('of any JSON never throw', () => {
    const names = fc.constantFrom(
      'role',
      'type',
      'content',
      'parts',
      'data',
      'image_url',
      'url',
      'mimeType',
      'output',
      'source',
      'text',
    );
    const leaf = fc.oneof(
      fc.constantFrom('tool', 'image', 'image/png', data, '{"a":[1', `imagen://images/${ID}`),
      fc.jsonValue(),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'medium' },
        leaf,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(names, tie('tree'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        lastImage(value);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a reference to a found image', () => {
  it('is its id, else its path, link, or bytes as a data: link', () => {
    expect(toReference(named as never)).toBe(ID);
    expect(toReference({ path: 'art/fox.png', url: 'https://x.example/a' })).toBe('art/fox.png');
    expect(toReference({ url: 'https://x.example/a' })).toBe('https://x.example/a');
    expect(toReference({ bytes, mediaType: 'image/png' })).toBe(`data:image/png;base64,${data}`);
    expect(toReference(lastImage([]) ?? {})).toBeUndefined();
  });
});
