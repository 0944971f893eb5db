/** Opens the providers of the registry for a walk over their fields. */
import { createProvider, type ProviderId, registry } from '../../../../src/providers/registry.ts';
import { toCallValue } from '../../../../src/testing/expand.ts';
import { readNeeds, readSettings } from '../../../../src/testing/node-runtime.ts';
import { fixturesOf } from '../../support/fixtures.ts';
import type { Needs, WalkedProvider } from './walk-models.ts';

export const PROVIDER_IDS = Object.keys(registry) as ProviderId[];

export async function walkedProvider(id: ProviderId): Promise<WalkedProvider> {
  const { definition } = await registry[id].load();
  return {
    definition,
    create: (settings) => createProvider(id as string, settings),
    given: await readSettings(fixturesOf(id)),
    // `needs.json` holds requests; images in it are described, and are bytes from here on.
    needs: (await toCallValue(await readNeeds(fixturesOf(id)))) as Needs,
  };
}
