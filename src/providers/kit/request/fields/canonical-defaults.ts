/** The defaults of `generateImage`, the method of the canonical protocol. */
import type { ModelCard } from '../../../protocol/model-card.ts';
import type { ImageFormat } from '../../../protocol/vocabulary.ts';
import { chooseSize } from './choose-size.ts';

/** 1024x1024 if the model supports it, else its own square size, else no size: the canonical default must work with every model. */
export function sizeFor({ sizes }: ModelCard): string | undefined {
  return sizes.kind !== 'none' && chooseSize(sizes, 'square').kind === 'fits' ? 'square' : undefined;
}

/** PNG if the model supports it, else no format. */
export function formatFor({ formats, formatIsFixed }: ModelCard): ImageFormat | undefined {
  return formats.includes('png') && !formatIsFixed ? 'png' : undefined;
}
