/** A further address of the vendor's API as a setting: it gets the credential, so it is held to the rules for `baseUrl`. */
import * as z from 'zod/mini';
import { apiUrlFault } from '../adapter/settings.ts';

/** The same, or a path below the base URL. */
export function apiUrlOrPath() {
  return z
    .string()
    .check(
      z.refine((text) => (text.includes(':') ? apiUrlFault(text) === undefined : isPath(text)), {
        error: ({ input }) => apiUrlFault(input)?.what ?? 'is wrong',
      }),
      z.overwrite((text) => text.replace(/\/$/, '')),
    )
    .register(z.globalRegistry, { examples: ['https://api.example.com/v1'] });
}

const isPath = (text: string): boolean =>
  text === '' || text === '.' || /^[\w~-][\w.~-]*(?:\/[\w~-][\w.~-]*)*\/?$/.test(text);

/** Without a slash at the end, whether one was given or not. */
export function apiUrl() {
  return z
    .string()
    .check(
      z.refine((text) => apiUrlFault(text) === undefined, {
        error: ({ input }) => apiUrlFault(input)?.what ?? 'is wrong',
      }),
      z.overwrite((text) => text.replace(/\/$/, '')),
    )
    .register(z.globalRegistry, { examples: ['https://api.example.com/v1'] });
}
