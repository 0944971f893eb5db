import { AiImageError, createImageManager, createProvider } from '@org/ai-image';

const manager = createImageManager({
  providers: { main: createProvider('stub') },
  budget: { perCallUsd: 0.5, perDayUsd: 20, perProjectUsd: { website: 5 } },
  profiles: {
    guest: { allowedProviders: ['main'], maxImagesPerSession: 2, defaults: { size: 'square' } },
  },
});

const session = manager.session();
const ask = () => manager.generate({ prompt: 'a fox', profile: 'guest', session, metadata: { costCenter: 'website' } });
await ask();
await ask();
try {
  await ask();
} catch (error) {
  if (error instanceof AiImageError) console.log(error.code, error.message); // policy_denied
}
