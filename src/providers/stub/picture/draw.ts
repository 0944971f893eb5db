import { type Art, paintArt } from './art.ts';
import { type Caption, createCaption } from './caption/caption.ts';
import { copyInput, layMount, outlineMask, replacePixel } from './compose.ts';
import { type Box, insetOf, insideRound, isInside, type Mask, readMask, shrink } from './layout.ts';
import { toBytes } from './paint/color.ts';
import { clamp01 } from './paint/numbers.ts';
import { nextTurn } from './paint/pause.ts';
import { createRandom } from './paint/random.ts';
import { createPalette } from './palette.ts';
import { checkRaster, checkSides, type Raster } from './raster.ts';
import { readSubject } from './subject.ts';

export interface PictureInput {
  /** Chooses composition and colours, together with `seed` and `model`, and is set under the picture. */
  readonly prompt: string;
  /** In pixels, from 1. */
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  readonly model: string;
  /** Cuts the art out on a transparent ground. @default false */
  readonly transparent?: boolean;
  /** How far the picture is, 0..1; below 1 it is blurred and grainy. The caption is sharp at once. @default 1 */
  readonly progress?: number;
  /** A further line of the caption, for example 'edit'. */
  readonly note?: string;
  /** The picture to edit, cut to cover the size. Without a mask the art is shown on it as a framed inset. */
  readonly input?: Raster;
  /** White where the input is painted over, grey for a soft border, black where its pixels stay as they are. */
  readonly mask?: Raster;
}

/** What is drawn where, and for each pixel the share of it that is replaced and the opacity of what replaces it. */
interface Plan {
  readonly art: Box;
  readonly caption: { readonly box: Box; readonly strip: Caption } | undefined;
  readonly share: PixelShare;
  readonly alpha: PixelShare;
}

/** A number from 0 to 1 for a pixel. */
type PixelShare = (x: number, y: number) => number;

const ALL: PixelShare = () => 1;

/**
 * Draws an abstract picture that belongs to a prompt, a seed and a model: the same input gives the same bytes everywhere.
 * Takes about 0.2 s per megapixel, leaves the event loop free between bands and needs little memory beyond the result.
 *
 * @returns RGBA of exactly the asked size. Opaque, unless `transparent`, or where a mask keeps pixels of an input that is not
 * @throws RangeError when a side is not a whole number from 1, or when the bytes of an input do not fill its size
 */
export async function drawPicture(picture: PictureInput): Promise<Raster> {
  const { width, height, input, progress = 1, transparent = false } = picture;
  checkSides(width, height, 'picture');
  if (input) checkRaster(input, 'input');
  if (picture.mask) checkRaster(picture.mask, 'mask');
  const art = chooseArt(picture);
  await nextTurn();
  const data = new Uint8Array(width * height * 4);
  const result = { width, height, data };
  const mask = picture.mask && (await readMask(picture.mask, width, height));
  if (input) await copyInput(result, input, transparent || mask ? undefined : toBytes(art.palette.paper));
  await nextTurn();
  const plan = createPlan(result, picture, art, mask);
  if (!plan) return result;
  await nextTurn();
  await paintArt(art, plan.art.width, plan.art.height, clamp01(progress), (y, row) =>
    layRow(result, plan, plan.art, y, row),
  );
  if (plan.caption) {
    const { box, strip } = plan.caption;
    const label = strip.draw();
    await nextTurn();
    const stride = box.width * 4;
    for (let y = 0; y < box.height; y += 1)
      layRow(result, plan, box, y, label.data.subarray(y * stride, (y + 1) * stride));
  }
  if (mask) await outlineMask(data, mask.plane, width, height);
  return result;
}

function chooseArt({ prompt, seed, model }: PictureInput): Art {
  const random = createRandom(`${model}\n${seed}\n${prompt}`);
  const subject = readSubject(prompt);
  const choice = random.fork('choice');
  const scene = choice.pick(subject.scenes);
  return { scene, subject, random, palette: createPalette(choice.pick(subject.palettes), choice, subject.named) };
}

/** Undefined when a mask leaves nothing to draw. */
function createPlan(
  result: { width: number; height: number; data: Uint8Array },
  picture: PictureInput,
  art: Art,
  mask: Mask | undefined,
): Plan | undefined {
  const { width, height } = result;
  if (mask) {
    const { bounds, plane } = mask;
    if (!bounds) return undefined;
    const isWhite = (box: Box): boolean => isInside(plane, width, box);
    return { ...planBox(picture, art, bounds, isWhite), share: (x, y) => (plane[y * width + x] ?? 0) / 255 };
  }
  if (!picture.input) return planBox(picture, art, { left: 0, top: 0, width, height });
  const { mount, frame } = insetOf(width, height);
  layMount(result, mount, toBytes(art.palette.paper));
  return planBox({ ...picture, transparent: false }, art, shrink(mount, frame));
}

/** Shares of the box a label may shrink to until it lies wholly where it may be. */
const LABEL_SHARES = [1, 0.88, 0.76, 0.64, 0.52, 0.4];

/**
 * Art over caption. On a transparent ground the art is a disc (or a stadium) and the caption a rounded label under it.
 * @param mayCarry where a caption would be legible; elsewhere it becomes smaller, floats on the art, or is left out
 */
function planBox(picture: PictureInput, art: Art, outer: Box, mayCarry: (box: Box) => boolean = () => true): Plan {
  const { transparent = false } = picture;
  const margin = transparent ? Math.floor(Math.min(outer.width, outer.height) * 0.03) : 0;
  const inner = shrink(outer, margin);
  const caption = planCaption(picture, art, inner, mayCarry);
  const isStrip = caption?.box.width === inner.width;
  const box = isStrip ? { ...inner, height: inner.height - caption.box.height - margin } : inner;
  if (!transparent) return { art: box, caption, share: ALL, alpha: ALL };
  const radius = Math.min(box.width, box.height) / 2;
  const labelTop = isStrip ? caption.box.top : Infinity;
  const alpha: PixelShare = (x, y) =>
    caption && y >= labelTop
      ? insideRound(caption.box, caption.box.height * 0.24, x, y)
      : insideRound(box, radius, x, y);
  return { art: box, caption, share: ALL, alpha };
}

/** A caption at the foot of a box or, where it may not lie there, of ever smaller middle parts of it. */
function planCaption(picture: PictureInput, art: Art, box: Box, mayCarry: (box: Box) => boolean): Plan['caption'] {
  const { prompt, width, height, seed, model, note } = picture;
  const size = `${width} x ${height}`;
  const facts = [`${size} · seed ${seed} · model ${model}`, `${size} · seed ${seed}`, size];
  for (const share of LABEL_SHARES) {
    const part = shrink(box, Math.round((box.width * (1 - share)) / 2), Math.round((box.height * (1 - share)) / 2));
    const strip = createCaption({ prompt, facts, note }, part.width, part.height, art.palette);
    if (!strip) return undefined;
    const label = { ...part, top: part.top + part.height - strip.height, height: strip.height };
    if (mayCarry(label)) return { strip, box: label };
  }
  return undefined;
}

/** Lays one row of a drawing into its box. */
function layRow(
  result: { width: number; data: Uint8Array },
  plan: Plan,
  box: Box,
  row: number,
  pixels: Uint8Array | Uint8ClampedArray,
): void {
  const y = box.top + row;
  const start = (y * result.width + box.left) * 4;
  if (plan.share === ALL && plan.alpha === ALL) {
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
