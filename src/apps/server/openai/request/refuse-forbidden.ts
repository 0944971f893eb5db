/** Refuses fields that would change where a request goes, with which key, or where its images are written. */
import { HttpFault } from '../../http/http-fault.ts';

/** Without case and separators: `base_url`, `baseURL` and `base-url` are one. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'extraheaders',
  'extrabody',
  'extraquery',
  'baseurl',
  'apikey',
  'outputpath',
  'provideroptions',
  'proto',
  'constructor',
  'prototype',
]);

/** @param value the parsed body; its depth has a cap @throws HttpFault 400 with the name of the field */
export function refuseForbidden(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  for (const [name, each] of Object.entries(value)) {
    if (!Array.isArray(value)) refuseForbiddenName(name);
    refuseForbidden(each);
  }
}

/** @param name of a field, in forms with brackets: `svg[model]` */
export function refuseForbiddenName(name: string): void {
  const parts = name.split(/[[\].]+/);
  if (!parts.some((part) => FORBIDDEN.has(part.toLowerCase().replaceAll(/[_\s-]/g, '')))) return;
  const message = `The field ${name.slice(0, 60)} is not allowed. The operator of this server sets it. Remove it.`;
  throw new HttpFault(400, 'invalid_field', message, { param: name.slice(0, 60) });
}
