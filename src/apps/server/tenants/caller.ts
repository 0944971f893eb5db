/** Who sent a request. */
import type { TokenSettings } from '../settings.ts';

/** The holder of a token, after the token was checked. */
export type Caller = Omit<TokenSettings, 'sha256'>;
