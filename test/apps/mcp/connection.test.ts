import { describe, expect, it } from 'vitest';
import { createFakeTools, done, ERAS, mcpConnections } from './support.ts';

const connect = mcpConnections();

describe.each(ERAS)('a client that connects in the mode %s', (era) => {
  it('lists the tools with their schemas and annotations', async () => {
    const { client, connect: open } = await connect({ tools: createFakeTools(() => done('a')) }, era);
    await open();
    const { tools } = await client.listTools();
    expect(tools).toMatchObject([
      {
        name: 'generate_image',
        title: 'Generate images',
        inputSchema: { type: 'object', additionalProperties: false },
        outputSchema: { type: 'object' },
        annotations: { readOnlyHint: false, destructiveHint: false },
      },
    ]);
    expect(client.getServerVersion()).toMatchObject({ name: 'imagen' });
    expect(client.getInstructions()).toContain('get_image');
  });

  it('gets the data of the tool, a text with the same data, and a link to each image', async () => {
    const { client, connect: open } = await connect({ tools: createFakeTools(() => done('a', 'b')) }, era);
    await open();
    const result = await client.callTool({ name: 'generate_image', arguments: { prompt: 'a fox' } });
    expect(result.isError).toBeFalsy();
    expect(result.structuredContent).toEqual(done('a', 'b'));
    expect(result.content.map(({ type }) => type)).toEqual(['text', 'resource_link', 'resource_link']);
    expect(JSON.parse((result.content[0] as { text: string }).text)).toMatchObject(done('a', 'b'));
    expect(result.content[1]).toMatchObject({ uri: 'imagen://images/a', mimeType: 'image/png' });
  });
});
