/** Where in a document the scanner stands: inside which objects and arrays, before a key or a value, and under which key. */

import { BodyError } from '../body-error.ts';

/** An object or an array that is open. */
interface Container {
  readonly isObject: boolean;
  /** The key whose blobs the strings directly inside are; for arrays under a blob key. */
  readonly blobKey: string | undefined;
}

export interface NestingLimits {
  readonly maxDepth: number;
  readonly maxEntries: number;
}

export interface Nesting {
  /** Whether every object and array is closed again. */
  readonly isClosed: boolean;
  /** The blob key under which a string that begins now stands. */
  readonly blobKey: string | undefined;
  /** Whether a string that begins now is a key; the one after it is not. */
  takeKey(): boolean;
  /** What follows the key that has just ended is the value of this blob key, or of none. */
  enterValue(blobKey: string | undefined): void;
  /** @throws {BodyError} `too_large` */
  open(isObject: boolean): void;
  /** One bracket too many is no fault here: `JSON.parse` will not accept the document. */
  close(): void;
  /** A comma. @throws {BodyError} `too_large` */
  separate(): void;
}

export function createNesting({ maxDepth, maxEntries }: NestingLimits): Nesting {
  const containers: Container[] = [];
  let entries = 0;
  let isKeyNext = false;
  let blobKey: string | undefined;

  function countEntry(): void {
    entries += 1;
    if (entries > maxEntries)
      throw new BodyError('too_large', `the JSON has more than ${maxEntries} keys and elements`);
  }

  return {
    get isClosed() {
      return containers.length === 0;
    },
    get blobKey() {
      return blobKey;
    },
    takeKey() {
      const isKey = isKeyNext;
      isKeyNext = false;
      return isKey;
    },
    enterValue(key) {
      blobKey = key;
    },
    open(isObject) {
      if (containers.length === maxDepth)
        throw new BodyError('too_large', `the JSON is nested more than ${maxDepth} levels deep`);
      countEntry();
      const isUnderKey = containers.at(-1)?.isObject === true;
      blobKey = !isObject && isUnderKey ? blobKey : undefined;
      containers.push({ isObject, blobKey });
      isKeyNext = isObject;
    },
    close() {
      containers.pop();
      isKeyNext = false;
      blobKey = undefined;
    },
    separate() {
      countEntry();
      const container = containers.at(-1);
      isKeyNext = container?.isObject === true;
      blobKey = container?.blobKey;
    },
  };
}
