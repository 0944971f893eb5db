/** The addresses of stored images in answers of tools: `imagen://images/<id>`. */

/** What every address begins with. */
export const IMAGE_URI = 'imagen://images/';

/** The form of the ids that a store makes. */
const ID = /^[\w-]{8,64}$/;

export const isImageId = (text: string): boolean => ID.test(text);

/** Removes the address around an id: agents pass the id of an image, or its `uri`. */
export const toImageId = (given: string): string =>
  given.startsWith(IMAGE_URI) ? given.slice(IMAGE_URI.length) : given;

/** @returns the id in the address of a stored image; `undefined`: the text is no such address */
export function readImageUri(text: string): string | undefined {
  const id = text.startsWith(IMAGE_URI) ? text.slice(IMAGE_URI.length) : '';
  return isImageId(id) ? id : undefined;
}
