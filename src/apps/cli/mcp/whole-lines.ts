/** Collects the chunks of a line, so that a large frame arrives in one piece. The SDK copies an unfinished line with each chunk of it. */
import { Transform } from 'node:stream';

const LINE_FEED = 10;

/**
 * Passes on whole lines. What follows the last line feed is kept until the next one.
 * @param maxBytes an unfinished line that is longer is passed on as it is: the reader refuses it
 */
export function createWholeLines(maxBytes: number): Transform {
  let parts: Buffer[] = [];
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const end = chunk.lastIndexOf(LINE_FEED) + 1;
      const isTooLong = end === 0 && bytes + chunk.length > maxBytes;
      if (end === 0 && !isTooLong) {
        parts.push(chunk);
        bytes += chunk.length;
        return done();
      }
      const at = isTooLong ? chunk.length : end;
      const whole = Buffer.concat([...parts, chunk.subarray(0, at)]);
      parts = [chunk.subarray(at)];
      bytes = chunk.length - at;
      done(null, whole);
    },
  });
}
