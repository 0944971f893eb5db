/** Reads the values of fields. Forms hold texts only, and some programs write them as Python does: `True`, `1.0`. */
import { invalidField } from '../../http/invalid-field.ts';

/** Reads a value. @throws HttpFault 400 with the name of the field */
export type ReadValue<T> = (value: unknown, field: string) => T;

/** A text of 1 to `maxLength` characters that is not blank. */
export const text =
  (maxLength: number): ReadValue<string> =>
  (value, field) => {
    if (typeof value !== 'string') throw invalidField(field, 'must be a text.');
    if (value.trim() === '') throw invalidField(field, 'must not be blank.');
    if (value.length > maxLength) throw invalidField(field, `must have at most ${maxLength} characters.`);
    return value;
  };

export const wholeNumber =
  (min: number, max: number): ReadValue<number> =>
  (value, field) => {
    const number = typeof value === 'string' && /^\s*-?\d{1,9}(?:\.0+)?\s*$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return number;
    throw invalidField(field, `must be a whole number from ${min} to ${max}.`);
  };

export const yesOrNo: ReadValue<boolean> = (value, field) => {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
  if (word === true || word === 'true' || word === '1' || word === 1) return true;
  if (word === false || word === 'false' || word === '0' || word === 0) return false;
  throw invalidField(field, 'must be true or false.');
};

export const oneOf =
  <const T extends string>(words: readonly T[]): ReadValue<T> =>
  (value, field) => {
    const word = typeof value === 'string' ? value.trim().toLowerCase() : undefined;
    const found = words.find((each) => each === word);
    if (found !== undefined) return found;
    throw invalidField(field, `must be one of ${words.join(', ')}.`);
  };
