/** The door as results come through it: a PNG is checked at once, how to look at all other formats loads when it is needed. */
import { inspectPng } from './formats/png.ts';
import { isPng } from './png/structure.ts';
import { type CheckedImage, holdAgainst, type ImageRules } from './rules.ts';

export type CheckImage = (bytes: Uint8Array, rules: ImageRules) => CheckedImage;

const checkPng: CheckImage = (bytes, rules) => holdAgainst(rules, bytes, inspectPng);

/** Loads what the pictures of a format need, before they are paid for. */
export async function expectFormat(format: string | undefined): Promise<void> {
  if (format !== undefined && format !== 'png') await import('./gate.ts');
}

/** The check for pictures that came, whatever was expected. Never rejects: by now they are paid for, and have to be kept. */
export async function gateFor(pictures: readonly Uint8Array[]): Promise<CheckImage> {
  if (pictures.every(isPng)) return checkPng;
  return import('./gate.ts').then(
    ({ checkImage }) => checkImage,
    () => cannotLook,
  );
}

/** A page whose server went away or was updated meanwhile gets no further code. */
const cannotLook: CheckImage = () => ({
  ok: false,
  code: 'internal',
  reason: 'is in a format whose checks could not be loaded',
});
