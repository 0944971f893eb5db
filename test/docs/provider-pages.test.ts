/** docs/providers/ matches the registry, and the example on each page can be sent. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createProvider, type ProviderId, registry } from '../../src/providers/registry.ts';
import { readSettings } from '../../src/testing/node-runtime.ts';
import { fixturesOf } from '../providers/support/fixtures.ts';
import { exampleFor, indexPage, type ProviderFacts, providerPage } from './support/provider-pages.ts';

const FOLDER = 'docs/providers/';
const STALE = 'Regenerate them: UPDATE_DOCS=1 npx vitest run test/docs';

const apiKey = 'hf_docs-0123456789';

/** Returns the fixture settings that the provider requires: those without which its plan is refused. */
async function neededBy(id: ProviderId): Promise<Readonly<Record<string, unknown>>> {
  let required = await readSettings(fixturesOf(id));
  const names = Object.keys(required);
  // Twice, because one setting may be required only while another is set.
  for (const name of [...names, ...names]) {
    const { [name]: _, ...others } = required;
    const isSendable = await createProvider(id as string, { apiKey, ...others })
      .plan({ prompt: 'a red fox' })
      .then(
        ({ refusals }) => refusals.length === 0,
        () => false,
      );
    if (isSendable) required = others;
  }
  return required;
}

const providers: readonly ProviderFacts[] = await Promise.all(
  (Object.keys(registry) as ProviderId[]).map(async (id) => ({
    definition: (await registry[id].load()).definition,
    settings: await neededBy(id),
    guide: existsSync(`docs/${id}.md`) ? `../${id}.md` : undefined,
  })),
);
const pages = new Map([
  ['README.md', indexPage(providers)],
  ...providers.map((facts) => [`${facts.definition.about.id}.md`, providerPage(facts)] as const),
]);

if (process.env.UPDATE_DOCS) {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  for (const [name, text] of pages) await writeFile(FOLDER + name, text);
}

describe('docs/providers/', () => {
  it('has one current page for each provider of the registry', async () => {
    expect((await readdir(FOLDER)).sort(), STALE).toEqual([...pages.keys()].sort());
    for (const [name, text] of pages) expect(await readFile(FOLDER + name, 'utf8'), STALE).toBe(text);
  });

  it('changes when a model card changes', () => {
    const [first] = providers;
    const { definition } = first!;
    const card = definition.models[definition.defaultModel]!;
    const models = { ...definition.models, [definition.defaultModel]: { ...card, maxImages: card.maxImages + 1 } };
    expect(providerPage({ ...first!, definition: { ...definition, models } })).not.toBe(providerPage(first!));
  });

  it.each(providers)('has an example for $definition.about.id that would be sent', async (facts) => {
    const { about, models, defaultModel } = facts.definition;
    expect(exampleFor(facts)).toContain(`getProvider('${about.id}'`);
    const size = models[defaultModel]?.sizes.kind === 'none' ? {} : { size: 'landscape' };
    const provider = createProvider(about.id as string, { apiKey, ...facts.settings });
    const plan = await provider.plan({ prompt: 'a red fox in the snow', ...size });
    expect(plan.refusals).toEqual([]);
    expect(plan.requests).toHaveLength(1);
  });
});
