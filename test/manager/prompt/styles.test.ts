/** The style presets of a manager. */
import { expect, it } from 'vitest';
import { StubProvider } from '../../../src/index.ts';
import { createImageManager } from '../../../src/manager/index.ts';

it('are the built-in ones and those of the settings, which replace built-in ones of the same name', async () => {
  const night = { prompt: 'at night', negativePrompt: 'sun' };
  const pencil = { prompt: 'with a soft pencil' };
  const images = createImageManager({ providers: { stub: new StubProvider() }, styles: { night, pencil } });
  const styles = await images.styles();
  expect(styles).toMatchObject({ night, watercolour: { prompt: expect.stringContaining('watercolour') } });
  expect(styles.pencil).toEqual(pencil);
});
