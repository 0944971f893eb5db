/** Tracks the scanner's position: the open objects and arrays, whether a key or a value is next, and the current blob key. */
import { BodyError } from '../body-error.ts';

/** An open object or array. */
interface Container {
  readonly isObject: boolean;
  /** For arrays under a blob key: that key. Its strings are blobs. */
  readonly blobKey: string | undefined;
}

export interface NestingLimits {
  readonly maxDepth: number;
  readonly maxEntries: number;
}

export interface Nesting {
  /** Whether all objects and arrays are closed. */
  readonly isClosed: boolean;
  /** The blob key of a string that begins now. */
  readonly blobKey: string | undefined;
  /** Whether a string that begins now is a key. Resets the state: the next string is a value. */
  takeKey(): boolean;
  /** The value after the key is next. @param blobKey the key, if it is a blob key */
  enterValue(blobKey: string | undefined): void;
  /** @throws {BodyError} `too_large` */
  open(isObject: boolean): void;
  /** Ignores a superfluous bracket: `JSON.parse` refuses the document. */
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
