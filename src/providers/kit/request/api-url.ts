/** Schemas for settings that hold a further URL of the vendor's API. It receives the credential, so the rules of `baseUrl` apply. */
import * as z from 'zod/mini';
import { apiUrlFault } from '../adapter/api-url-fault.ts';

/** Accepts a URL or a path below the base URL. Removes a trailing slash. */
export function apiUrlOrPath() {
  return z
    .string()
    .check(
      z.refine((text) => (text.includes(':') ? apiUrlFault(text) === undefined : isPath(text)), {
        error: ({ input }) => apiUrlFault(input)?.what ?? 'is invalid',
      }),
      z.overwrite((text) => text.replace(/\/$/, '')),
    )
    .register(z.globalRegistry, { examples: ['https://api.example.com/v1'] });
}

const isPath = (text: string): boolean =>
  text === '' || text === '.' || /^[\w~-][\w.~-]*(?:\/[\w~-][\w.~-]*)*\/?$/.test(text);

/** Accepts a URL. Removes a trailing slash. */
export function apiUrl() {
  return z
    .string()
    .check(
      z.refine((text) => apiUrlFault(text) === undefined, {
        error: ({ input }) => apiUrlFault(input)?.what ?? 'is invalid',
      }),
      z.overwrite((text) => text.replace(/\/$/, '')),
    )
    .register(z.globalRegistry, { examples: ['https://api.example.com/v1'] });
}
