/** Turns a reported or estimated cost into an amount for the ledger. */
import { type Cost, isUsdAmount } from '../../providers/protocol/index.ts';
import type { JobEnd } from '../../store/interfaces.ts';
import { toMicros } from '../limits/micros.ts';

/** A cost that is not a valid amount counts as unknown: then the estimate of the price table stays. */
export const amountOf = ({ usd, basis }: Cost): Pick<JobEnd, 'micros' | 'basis'> => ({
  micros: isUsdAmount(usd) ? toMicros(usd) : undefined,
  basis: isUsdAmount(usd) && basis === 'reported' ? 'reported' : 'estimated',
});
