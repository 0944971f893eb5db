import { describe, expect, it } from 'vitest';
import { checkImage } from '../../../../src/providers/kit/image/check-image.ts';
import { checkRaster } from '../../../../src/providers/kit/image/check-raster.ts';
import { defineProvider, svgFeature } from '../../../../src/providers/kit/index.ts';
import { IMAGE_FORMATS, type ModelCard } from '../../../../src/providers/protocol/index.ts';
import { registry } from '../../../../src/providers/registry.ts';
import { files, svg, text } from '../image/samples.ts';
import { openVendor, sampleCard, sampleParts, sendJson } from '../support/vendor.ts';

const RASTER = IMAGE_FORMATS.filter((format) => format !== 'svg');
/** Files of all formats, damaged ones and texts that begin like an SVG. */
const SAMPLES: Readonly<Record<string, Uint8Array>> = {
  ...files,
  ...Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [`half of ${name}`, bytes.slice(0, bytes.length / 2)]),
  ),
  nothing: new Uint8Array(0),
  svg: svg(),
  'svg with a script': svg('<script>alert(1)</script>'),
  'svg after a prolog': text('<?xml version="1.0"?>\n<!-- a comment -->\n<svg xmlns="http://www.w3.org/2000/svg"/>'),
  'svg after a byte order mark': text('\ufeff<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'),
  'svg with a prefix': text('<s:svg xmlns:s="http://www.w3.org/2000/svg" width="1" height="1"/>'),
  'a broken svg': text('<svg width="4"'),
  'a page': text('<!doctype html><html><svg/></html>'),
  'other xml': text('<svgs/>'),
  json: text('{}'),
};

const usesSvg = (models: Readonly<Record<string, ModelCard>>) =>
  Object.values(models).some(({ formats, edit }) => [...formats, ...(edit?.formats ?? [])].includes('svg'));

describe('the check of images without the code for SVG', () => {
  it.each(Object.entries(SAMPLES))('says the same about %s, if no SVG was requested', (_, bytes) => {
    expect(checkRaster(bytes, { allowed: RASTER })).toEqual(checkImage(bytes, { allowed: RASTER }));
  });

  it('never accepts an SVG', () => {
    expect(checkRaster(svg(), { allowed: IMAGE_FORMATS })).toMatchObject({ ok: false, code: 'bad_response' });
    expect(checkImage(svg(), { allowed: IMAGE_FORMATS })).toMatchObject({ ok: true });
  });
});

describe('an adapter', () => {
  it.each(Object.values(registry))(
    'of $about.id brings the code for SVG if and only if a model returns SVG',
    async ({ load }) => {
      const { definition } = await load();

      expect(definition.svg).toBe(usesSvg(definition.models) ? svgFeature : undefined);
      // Inputs are checked without it.
      for (const { edit } of Object.values(definition.models)) expect(edit?.inputFormats ?? []).not.toContain('svg');
    },
  );

  it.each([
    ['returns the drawing with it', { svg: svgFeature }],
    ['keeps the bytes without it', {}],
  ])('that asks for SVG %s', async (_, feature) => {
    const drawing = Buffer.from(svg());
    await using vendor = await openVendor((_, response) =>
      sendJson(response, { images: [drawing.toString('base64')] }),
    );
    const models = { 'sample-1': { ...sampleCard, formats: ['png', 'svg'] } } as const;
    const provider = defineProvider({ ...sampleParts, ...feature, models }).create({
      apiKey: 'k',
      baseUrl: vendor.url,
    });
    const result = await provider.generate({ prompt: 'a fox', format: 'svg' }).catch((error: unknown) => error);

    expect(result).toMatchObject(
      'svg' in feature
        ? { images: [{ format: 'svg' }] }
        : { code: 'bad_response', quarantine: [{ length: drawing.length }] },
    );
  });
});
