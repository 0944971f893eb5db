/** Model cards of the stub, with wide limits so that tests meet few refusals. */
import type { ModelCard } from '../protocol/index.ts';

const card = {
  sizes: {
    kind: 'free',
    multipleOf: 1,
    minEdge: 1,
    maxEdge: 4096,
    minPixels: 1,
    maxPixels: 4096 * 4096,
    maxRatio: 4096,
  },
  formats: ['png', 'jpeg', 'webp'],
  backgrounds: ['auto', 'opaque', 'transparent'],
  qualities: { draft: 'draft', standard: 'standard', hd: 'hd' },
  maxImages: 4,
  seed: { min: 0, max: 4_294_967_295 },
  negativePrompt: { maxLength: 32_000 },
  styles: ['photo', 'illustration', 'poster'],
  safety: { strict: 'strict', relaxed: 'relaxed' },
  maxPromptLength: 32_000,
  edit: {
    operations: ['edit', 'inpaint', 'variation'],
    maxInputs: 4,
    maxInputBytes: 32 * 1024 * 1024,
    inputFormats: ['png', 'jpeg', 'webp', 'gif', 'avif'],
    mask: { convention: 'white-repaints' },
  },
  streaming: { maxPartials: 3 },
  pricing: { images: [{ usd: 0 }], asOf: '2026-11-21', source: 'the stub is free' },
  source: 'this package',
} as const satisfies Partial<ModelCard>;

export const models = {
  'stub-1': { ...card, title: 'Stub 1' },
  /** For tests with a retired model. */
  'stub-0': { ...card, title: 'Stub 0', shutdown: '2026-01-01', successor: 'stub-1' },
} as const satisfies Record<string, ModelCard>;
