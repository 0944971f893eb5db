/** The built-in styles. A style is added to the prompt as text, so that it works with every vendor. */
import type { StylePreset } from '../interfaces/profile.ts';

const style = (prompt: string, negativePrompt?: string): StylePreset => ({
  prompt,
  ...(negativePrompt !== undefined && { negativePrompt }),
});

export const STYLES: Readonly<Record<string, StylePreset>> = {
  photo: style('a photograph, natural light, true colours, fine detail', 'drawing, painting, render, plastic skin'),
  portrait: style(
    'a portrait photograph, 85 mm lens, soft light, shallow depth of field',
    'distorted face, harsh flash',
  ),
  product: style('a product photograph on a plain background, studio light, sharp from front to back', 'clutter, text'),
  documentary: style('a documentary photograph, available light, unposed', 'studio, posed'),
  'black-and-white': style('a black-and-white photograph, rich tones, visible grain', 'colour'),
  cinematic: style('a film still, anamorphic lens, dramatic light, shallow depth of field', 'flat light'),
  illustration: style('a digital illustration, clean shapes, considered colours', 'photograph'),
  watercolour: style('a watercolour painting, wet edges, visible paper', 'photograph, hard outlines'),
  oil: style('an oil painting, visible brush strokes, deep colours', 'photograph'),
  pencil: style('a pencil drawing on paper, hatching, no colour', 'colour, photograph'),
  ink: style('an ink drawing, confident lines, black on white', 'grey tones, colour'),
  woodcut: style('a woodcut print, bold black lines, few colours', 'gradients, photograph'),
  'line-art': style('line art, even thin lines, white background', 'shading, colour'),
  flat: style('a flat vector illustration, few plain colours, no gradients', 'texture, shadows, photograph'),
  isometric: style('an isometric illustration, tidy geometry, soft shadows', 'perspective distortion'),
  '3d': style('a 3D render, soft global illumination, clean materials', 'flat, drawing'),
  clay: style('a clay model scene, fingerprints in the material, soft studio light', 'photorealistic skin'),
  'low-poly': style('a low-poly 3D scene, visible facets, plain colours', 'fine texture'),
  pixel: style('pixel art, limited palette, crisp pixels', 'blur, gradients'),
  comic: style('a comic panel, inked outlines, flat colours, halftone dots', 'photograph'),
  anime: style('an anime frame, clean outlines, cel shading', 'photograph'),
  'children-book': style('a picture-book illustration, warm colours, friendly shapes', 'scary, photograph'),
  'blog-header': style('a wide editorial illustration with calm space for a headline', 'text, letters, watermark'),
  poster: style('a poster, one strong motif, bold composition, few colours', 'clutter, small details'),
  icon: style('a single centred icon, simple shape, plain background', 'text, scene, clutter'),
  logo: style('a simple logo mark, flat shape, plain background', 'photograph, gradients, small text'),
  pattern: style('a seamless repeating pattern, even density', 'visible seams, single subject'),
  blueprint: style('a technical blueprint, white lines on blue, orthographic view', 'photograph, perspective'),
};
