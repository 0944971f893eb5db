/** Apart from `link-guard.ts`: bundlers would load that file with `index.ts`, which exports this function. */
import { checkLink } from './link-guard.ts';

/** Whether a link is an https link to the public internet, judged by its text only. */
export function isFollowable(link: string): boolean {
  try {
    checkLink(link, { trustedOrigins: new Set() });
    return true;
  } catch {
    return false; // the caller reports it
  }
}
