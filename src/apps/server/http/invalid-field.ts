/** The fault of a field whose value is wrong. */
import { HttpFault } from './http-fault.ts';

/** @param field as the client sent it @param what is wrong with it, e.g. `must be a text.` */
export const invalidField = (field: string, what: string): HttpFault =>
  new HttpFault(400, `invalid_${fieldWord(field)}`, `${field} ${what}`, { param: field });

/** Returns the field as a part of an error code: `inputImages[0]` is `input_images`, `input[0].content[1].image_url` is `image_url`. */
export const fieldWord = (field: string): string =>
  field
    .slice(field.lastIndexOf('.') + 1)
    .replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replaceAll(/[^a-z_]/g, '');
