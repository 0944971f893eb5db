/** docs/providers/ tells the truth about the registry, and what it offers for pasting would go out. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createProvider, type ProviderId, registry } from '../../src/providers/registry.ts';
import { readSettings } from '../../src/testing/host.ts';
import { fixturesOf } from '../providers/support/fixtures.ts';
import { exampleFor, indexPage, type ProviderFacts, providerPage } from './support/provider-pages.ts';

const FOLDER = 'docs/providers/';
const STALE = 'Make them anew: UPDATE_DOCS=1 npx vitest run test/docs';

const apiKey = 'hf_docs-0123456789';

/** Of the settings that recorded conversations start from, those without which nothing would be sent. */
async function neededBy(id: ProviderId): Promise<Readonly<Record<string, unknown>>> {
  let kept = await readSettings(fixturesOf(id));
  const names = Object.keys(kept);
  // Twice: one setting may be needed only because of another.
  for (const name of [...names, ...names]) {
    const { [name]: _, ...others } = kept;
    const goesOut = await createProvider(id as string, { apiKey, ...others })
      .plan({ prompt: 'a red fox' })
      .then(
        ({ refusals }) => refusals.length === 0,
        () => false,
      );
    if (goesOut) kept = others;
  }
  return kept;
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

describe('the pages of the providers', () => {
  it('are those that the registry gives, one for each provider', async () => {
    expect((await readdir(FOLDER)).sort(), STALE).toEqual([...pages.keys()].sort());
    for (const [name, text] of pages) expect(await readFile(FOLDER + name, 'utf8'), STALE).toBe(text);
  });

  it('change with a card, so that a stale page is noticed', () => {
    const [first] = providers;
    const { definition } = first!;
    const card = definition.models[definition.defaultModel]!;
    const models = { ...definition.models, [definition.defaultModel]: { ...card, maxImages: card.maxImages + 1 } };
    expect(providerPage({ ...first!, definition: { ...definition, models } })).not.toBe(providerPage(first!));
  });

  it.each(providers)('$definition.about.id: its example would go out', async (facts) => {
    const { about, models, defaultModel } = facts.definition;
    expect(exampleFor(facts)).toContain(`getProvider('${about.id}'`);
    const size = models[defaultModel]?.sizes.kind === 'none' ? {} : { size: 'landscape' };
    const provider = createProvider(about.id as string, { apiKey, ...facts.settings });
    const plan = await provider.plan({ prompt: 'a red fox in the snow', ...size });
    expect(plan.refusals).toEqual([]);
    expect(plan.requests).toHaveLength(1);
  });
});
