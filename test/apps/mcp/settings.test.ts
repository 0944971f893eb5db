import { describe, expect, it } from 'vitest';
import { createImagenMcp, type ImagenMcpSettings } from '../../../src/apps/mcp/index.ts';
import { loadPeer } from '../../../src/apps/mcp/load-sdk.ts';
import { createFakeTools, done, EMPTY_STORE } from './support.ts';

const settings = { tools: createFakeTools(() => done('a')), store: EMPTY_STORE };

describe('the settings', () => {
  it.each([
    [{ ...settings, tools: undefined }, 'setting tools is missing'],
    [{ ...settings, store: undefined }, 'setting store is missing'],
    [{ ...settings, previews: 'yes' }, 'setting previews must be true or false'],
    [{ ...settings, preview: true }, 'preview'],
    [{ ...settings, stateKey: new Uint8Array(8) }, 'setting stateKey must be a Uint8Array of at least 32 bytes'],
    [{ ...settings, tools: { call: () => undefined } }, 'setting tools'],
  ])('are checked when the server is created: %#', (given, message) => {
    expect(() => createImagenMcp(given as unknown as ImagenMcpSettings)).toThrow(message);
  });
});

describe('a program without the SDK', () => {
  const absent = (name: string) =>
    Object.assign(new Error(`Cannot find package '${name}' imported from /app/mcp.js`), {
      code: 'ERR_MODULE_NOT_FOUND',
    });

  it('is told what to install', async () => {
    const loading = loadPeer(() => Promise.reject(absent('@modelcontextprotocol/server')));
    await expect(loading).rejects.toMatchObject({
      code: 'not_configured',
      charged: 'no',
      hint: 'Run: npm install @modelcontextprotocol/server',
    });
  });

  it('is told of another fault as it is', async () => {
    const fault = absent('zod');
    await expect(loadPeer(() => Promise.reject(fault))).rejects.toBe(fault);
  });
});
