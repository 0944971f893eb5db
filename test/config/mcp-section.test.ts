/** The section `mcp` of a configuration file, and `serve.mcp`. */
import { describe, expect, it } from 'vitest';
import { configRows } from '../../src/apps/cli/output/tables/config-rows.ts';
import { serverSettings } from '../../src/apps/cli/serve/server-settings.ts';
import { describeConfig } from '../../src/config/index.ts';
import { createImageManager, StubProvider } from '../../src/index.ts';
import { createStore } from '../../src/store/index.ts';
import { createImageTools } from '../../src/tool/index.ts';
import { errorTextOf, parse } from './support.ts';

const FILE = `
mcp:
  roots: [~/images, photos]
  max_usd: 2.5
  max_images: 9
  confirm_above_usd: 0
  reference_hosts: [images.example.com]
`;
const LIMITS = { maxUsd: 2.5, maxImages: 9, confirmAboveUsd: 0, referenceHosts: ['images.example.com'] };

describe('the section mcp', () => {
  it('becomes settings of the tools', async () => {
    const { mcp } = await parse(FILE);
    expect(mcp).toMatchObject({ ...LIMITS, roots: [expect.stringMatching(/images$/), 'photos'] });
    const store = createStore({ directory: 'never-written' });
    const manager = createImageManager({ providers: { stub: new StubProvider() }, store });
    expect(() => createImageTools({ manager, store, ...mcp })).not.toThrow();
  });

  it('may be empty', async () => {
    expect((await parse('mcp:\n')).mcp).toBeUndefined();
  });

  it('is shown with the keys of the file', async () => {
    const rows = configRows(describeConfig(await parse(FILE), {})).map(([key, value]) => `${key}=${value}`);
    expect(rows).toEqual(expect.arrayContaining(['mcp.max_usd=2.5', 'mcp.reference_hosts=images.example.com']));
  });

  it('gives the server its limits, and no folders of its machine', async () => {
    expect(settingsOf(await parse(FILE)).mcp).toEqual(LIMITS);
  });

  it('is not needed for /mcp of the server, which serve.mcp turns off', async () => {
    expect(settingsOf(await parse('serve: {}\n')).mcp).toEqual({});
    expect(settingsOf(await parse('serve: { mcp: true }\n')).mcp).toEqual({});
    expect(settingsOf(await parse('serve: { mcp: false }\n')).mcp).toBe(false);
  });

  it.each([
    ['mcp: { max_usd: -1 }\n', 'mcp.max_usd must be an amount of US dollars'],
    ['mcp: { max_usd: 2000000 }\n', 'mcp.max_usd must be an amount of US dollars'],
    ['mcp: { max_images: 2.5 }\n', 'mcp.max_images must be a whole number'],
    ['mcp: { roots: photos }\n', 'mcp.roots must be a list'],
    ["mcp: { reference_hosts: ['https://images.example.com'] }\n", 'mcp.reference_hosts[0] must be the name of a host'],
    ['mcp: { max_image: 2 }\n', 'there is no setting "max_image" in mcp\nDid you mean max_images?'],
    ['serve: { mcp: 1 }\n', 'serve.mcp must be true or false'],
  ])('refuses %j', async (file, text) => {
    expect(await errorTextOf(file)).toContain(text);
  });
});

function settingsOf(config: Parameters<typeof serverSettings>[0]) {
  const choices = {
    host: '127.0.0.1',
    port: 0,
    socket: undefined,
    tokens: [],
    usesQueue: false,
    isQuiet: true,
    isJson: false,
  };
  return serverSettings(config, choices, { log: () => undefined, alert: () => undefined });
}
