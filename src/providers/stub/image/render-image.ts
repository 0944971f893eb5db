/** Renders one image: lays out the art and its caption, handles input image and mask, and returns the pixels. */
import { type Art, paintArt } from './art.ts';
import { type Caption, createCaption } from './caption/caption.ts';
import { copyInput, outlineMask, paintCard, replacePixel } from './compose.ts';
import { type Box, isInsideMask, type Mask, placeInset, readMask, roundedBoxCoverage, shrinkBox } from './layout.ts';
import { toBytes } from './paint/color.ts';
import { clamp01 } from './paint/numbers.ts';
import { nextTurn } from './paint/pause.ts';
import { createRandom } from './paint/random.ts';
import { createPalette } from './palette.ts';
import { checkRaster, checkSides, type Raster } from './raster.ts';
import { readSubject } from './subject.ts';

export interface RenderInput {
  /** Selects composition and colours, together with `seed` and `model`. Shown in the caption. */
  readonly prompt: string;
  /** In pixels, from 1. */
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  readonly model: string;
  /** Places the art on a transparent background. @default false */
  readonly transparent?: boolean;
  /** From 0 to 1. Below 1 the image is blurred and grainy; the caption is always sharp. @default 1 */
  readonly progress?: number;
  /** An additional line in the caption, for example 'edit'. */
  readonly note?: string;
  /** The image to edit, cropped to fill the size. Without a mask, the art appears on it as a framed inset. */
  readonly input?: Raster;
  /** White: repaint. Black: keep the input's pixels. Grey: mix both. */
  readonly mask?: Raster;
}

/** The areas of art and caption, and for each pixel how much of it is replaced and how opaque the new pixel is. */
interface Plan {
  readonly art: Box;
  readonly caption: { readonly box: Box; readonly strip: Caption } | undefined;
  readonly share: PixelShare;
  readonly alpha: PixelShare;
}

/** Returns a number from 0 to 1 for a pixel. */
type PixelShare = (x: number, y: number) => number;

const FULL: PixelShare = () => 1;

/**
 * Renders an abstract image for a prompt, seed and model. The same input gives the same bytes on every platform.
 * Takes about 0.2 s per megapixel, yields to the event loop between bands, and needs little memory beyond the result.
 *
 * @returns RGBA pixels of exactly the requested size. Opaque, except with `transparent` or where a mask keeps transparent input pixels
 * @throws RangeError if a side is not a whole number from 1, or if the bytes of an input do not match its size
 */
export async function renderImage(request: RenderInput): Promise<Raster> {
  const { width, height, input, progress = 1, transparent = false } = request;
  checkSides(width, height, 'image');
  if (input) checkRaster(input, 'input');
  if (request.mask) checkRaster(request.mask, 'mask');
  const art = chooseArt(request);
  await nextTurn();
  const data = new Uint8Array(width * height * 4);
  const result = { width, height, data };
  const mask = request.mask && (await readMask(request.mask, width, height));
  if (input) await copyInput(result, input, transparent || mask ? undefined : toBytes(art.palette.paper));
  await nextTurn();
  const plan = createPlan(result, request, art, mask);
  if (!plan) return result;
  await nextTurn();
  await paintArt(art, plan.art.width, plan.art.height, clamp01(progress), (y, row) =>
    writeRow(result, plan, plan.art, y, row),
  );
  if (plan.caption) {
    const { box, strip } = plan.caption;
    const label = strip.draw();
    await nextTurn();
    const stride = box.width * 4;
    for (let y = 0; y < box.height; y += 1)
      writeRow(result, plan, box, y, label.data.subarray(y * stride, (y + 1) * stride));
  }
  if (mask) await outlineMask(data, mask.plane, width, height);
  return result;
}

function chooseArt({ prompt, seed, model }: RenderInput): Art {
  const random = createRandom(`${model}\n${seed}\n${prompt}`);
  const subject = readSubject(prompt);
  const choice = random.fork('choice');
  const scene = choice.pick(subject.scenes);
  return { scene, subject, random, palette: createPalette(choice.pick(subject.palettes), choice, subject.namedColors) };
}

/** Returns undefined if the mask leaves nothing to repaint. */
function createPlan(
  result: { width: number; height: number; data: Uint8Array },
  request: RenderInput,
  art: Art,
  mask: Mask | undefined,
): Plan | undefined {
  const { width, height } = result;
  if (mask) {
    const { bounds, plane } = mask;
    if (!bounds) return undefined;
    const isWhite = (box: Box): boolean => isInsideMask(plane, width, box);
    return { ...planBox(request, art, bounds, isWhite), share: (x, y) => (plane[y * width + x] ?? 0) / 255 };
  }
  if (!request.input) return planBox(request, art, { left: 0, top: 0, width, height });
  const { card, frame } = placeInset(width, height);
  paintCard(result, card, toBytes(art.palette.paper));
  return planBox({ ...request, transparent: false }, art, shrinkBox(card, frame));
}

/** A caption is tried at these fractions of the box, until it lies completely in an allowed area. */
const LABEL_SCALES = [1, 0.88, 0.76, 0.64, 0.52, 0.4];

/**
 * Places the art above its caption. With `transparent`, the art is a disc (or a stadium) above a rounded label.
 * @param isAllowed whether a caption would be legible in a box; if not, it becomes smaller, overlaps the art, or is left out
 */
function planBox(request: RenderInput, art: Art, outer: Box, isAllowed: (box: Box) => boolean = () => true): Plan {
  const { transparent = false } = request;
  const margin = transparent ? Math.floor(Math.min(outer.width, outer.height) * 0.03) : 0;
  const inner = shrinkBox(outer, margin);
  const caption = planCaption(request, art, inner, isAllowed);
  const isStrip = caption?.box.width === inner.width;
  const box = isStrip ? { ...inner, height: inner.height - caption.box.height - margin } : inner;
  if (!transparent) return { art: box, caption, share: FULL, alpha: FULL };
  const radius = Math.min(box.width, box.height) / 2;
  const labelTop = isStrip ? caption.box.top : Infinity;
  const alpha: PixelShare = (x, y) =>
    caption && y >= labelTop
      ? roundedBoxCoverage(caption.box, caption.box.height * 0.24, x, y)
      : roundedBoxCoverage(box, radius, x, y);
  return { art: box, caption, share: FULL, alpha };
}

/** Places the caption at the bottom of a box or, if it is not allowed there, at the bottom of ever smaller central parts of it. */
function planCaption(request: RenderInput, art: Art, box: Box, isAllowed: (box: Box) => boolean): Plan['caption'] {
  const { prompt, width, height, seed, model, note } = request;
  const size = `${width} x ${height}`;
  const facts = [`${size} · seed ${seed} · model ${model}`, `${size} · seed ${seed}`, size];
  for (const share of LABEL_SCALES) {
    const part = shrinkBox(box, Math.round((box.width * (1 - share)) / 2), Math.round((box.height * (1 - share)) / 2));
    const strip = createCaption({ prompt, facts, note }, part.width, part.height, art.palette);
    if (!strip) return undefined;
    const label = { ...part, top: part.top + part.height - strip.height, height: strip.height };
    if (isAllowed(label)) return { strip, box: label };
  }
  return undefined;
}

/** Writes one row of the art or the caption into its box. */
function writeRow(
  result: { width: number; data: Uint8Array },
  plan: Plan,
  box: Box,
  row: number,
  pixels: Uint8Array | Uint8ClampedArray,
): void {
  const y = box.top + row;
  const start = (y * result.width + box.left) * 4;
  if (plan.share === FULL && plan.alpha === FULL) {
    result.data.set(pixels, start);
    return;
  }
  for (let column = 0, from = 0; column < box.width; column += 1, from += 4) {
    const x = box.left + column;
    const share = plan.share(x, y);
    if (share === 0) continue;
    replacePixel(
      result.data,
      start + from,
      pixels[from] ?? 0,
      pixels[from + 1] ?? 0,
      pixels[from + 2] ?? 0,
      plan.alpha(x, y),
      share,
    );
  }
}
