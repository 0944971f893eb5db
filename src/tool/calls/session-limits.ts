/** The limits of one set of tools: what it may spend, and how many images it may generate. */
import { AiImageError, MICROS_PER_USD } from '../../providers/protocol/index.ts';

export interface Spending {
  /** Whole micro-dollars. */
  readonly micros: number;
  readonly images: number;
}

/** What a running call may cost. It counts as spent until the call has ended. */
export interface SessionReservation {
  /** The call has ended. @param usd what it cost @default the reserved amount */
  readonly settle: (usd?: number) => void;
  /** The call certainly cost nothing and made no image. */
  readonly release: () => void;
}

export interface SessionLimits {
  /**
   * Counts a call before it starts. Check and count happen at once, so that simultaneous calls cannot pass a limit together.
   * @throws AiImageError `budget_exceeded`
   */
  readonly reserve: (spending: Spending) => SessionReservation;
  /** What is left. */
  readonly left: () => { readonly usd: number; readonly images: number };
}

export const toMicros = (usd: number): number => Math.round(usd * MICROS_PER_USD);
export const toUsd = (micros: number): number => micros / MICROS_PER_USD;
/** At least two digits after the point. */
export const showUsd = (micros: number): string =>
  `$${toUsd(micros)
    .toFixed(6)
    .replace(/0{1,4}$/, '')}`;

const HINT = 'Tell the user. The limit is a setting of the program that runs these tools.';

export function createSessionLimits(limits: { readonly maxUsd: number; readonly maxImages: number }): SessionLimits {
  const maxMicros = toMicros(limits.maxUsd);
  let [micros, images] = [0, 0];
  return {
    reserve(spending) {
      if (images + spending.images > limits.maxImages) {
        const left = limits.maxImages - images;
        const message = `this session may generate ${limits.maxImages} images, and ${left} of them are left`;
        throw new AiImageError('budget_exceeded', message, { charged: 'no', hint: HINT });
      }
      if (micros + spending.micros > maxMicros) {
        const left = `${showUsd(Math.max(maxMicros - micros, 0))} of the ${showUsd(maxMicros)} of this session are left`;
        const message = `this call is expected to cost ${showUsd(spending.micros)}, and ${left}`;
        throw new AiImageError('budget_exceeded', message, { charged: 'no', hint: HINT });
      }
      micros += spending.micros;
      images += spending.images;
      let isOpen = true;
      const end = (change: () => void) => () => {
        if (isOpen) change();
        isOpen = false;
      };
      return {
        settle: (usd) =>
          end(() => {
            if (usd !== undefined) micros += toMicros(usd) - spending.micros;
          })(),
        release: end(() => {
          micros -= spending.micros;
          images -= spending.images;
        }),
      };
    },
    left: () => ({ usd: toUsd(Math.max(maxMicros - micros, 0)), images: Math.max(limits.maxImages - images, 0) }),
  };
}
