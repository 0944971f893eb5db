/** Runs the contract suite for every provider of the registry, with its own recorded conversations. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { bySettings } from '../../src/providers/kit/adapter/provider-definition.ts';
import { createProvider, type ProviderId, registry } from '../../src/providers/registry.ts';
import { describeProvider } from '../../src/testing/index.ts';
import { readSettings } from '../../src/testing/node-runtime.ts';
import { fixturesOf } from './support/fixtures.ts';

const providers = new URL('../../src/providers/', import.meta.url);
/** Recorded vendors have no delays and no limits. */
const FAST = { minPollIntervalMs: 10, requestsPerMinute: 60_000 };
const ids = Object.keys(registry) as ProviderId[];

describe('the registry', () => {
  it('has every folder of an adapter, and every adapter has recorded conversations', async () => {
    const entries = await readdir(providers, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory() && !['kit', 'protocol'].includes(entry.name));

    expect(folders.map(({ name }) => name).sort()).toEqual([...ids].sort());
    expect(ids.filter((id) => !existsSync(fixturesOf(id)))).toEqual([]);
  });
});

for (const id of ids.filter((each) => existsSync(fixturesOf(each)))) {
  const { definition } = await registry[id].load();
  const own = definition.settingsSchema?.parse(await readSettings(fixturesOf(id)));
  const path = new URL(bySettings(definition.baseUrl, own) ?? 'http://server/v1').pathname.replace(/\/$/, '');
  await describeProvider({
    name: id,
    create: (settings) =>
      createProvider(id as string, { ...settings, limits: FAST, baseUrl: `${settings.baseUrl}${path}` }),
    fixtures: fixturesOf(id),
    // Each test has its own server and mostly waits.
    test: { describe: describe.concurrent, it },
    timeoutMs: 50_000,
  });
}
