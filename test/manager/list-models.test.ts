/** `models()` of the manager: the cards of all providers. */
import { expect, it } from 'vitest';
import { createImageManager, type ModelCard, type ModelsOptions, StubProvider } from '../../src/index.ts';

class Listing extends StubProvider {
  readonly asked: (ModelsOptions | undefined)[] = [];
  readonly isDown: boolean;
  constructor(isDown = false) {
    super();
    this.isDown = isDown;
  }
  override async models(options?: ModelsOptions): Promise<Readonly<Record<string, ModelCard>>> {
    this.asked.push(options);
    if (this.isDown && options?.isOffline !== true) throw new Error('connection refused');
    return super.models();
  }
}

it('returns the cards of each provider, by its name in the settings, and generates nothing', async () => {
  const images = createImageManager({ providers: { first: new StubProvider(), second: new StubProvider() } });
  const models = await images.models();
  expect(Object.keys(models)).toEqual(['first', 'second']);
  expect(models.first?.['stub-1']?.title).toEqual(expect.any(String));
  await images.close();
});

it('lists what is known of a server that cannot be reached, and all models of the others', async () => {
  const images = createImageManager({ providers: { up: new Listing(), down: new Listing(true) } });
  const models = await images.models();
  expect(Object.keys(models.up ?? {})).toContain('stub-1');
  expect(Object.keys(models.down ?? {})).toContain('stub-1');
  await images.close();
});

it('asks no server if only known models are wanted', async () => {
  const provider = new Listing();
  const images = createImageManager({ providers: { provider } });
  await images.models({ isOffline: true });
  expect(provider.asked).toEqual([{ isOffline: true }]);
  await images.close();
});
