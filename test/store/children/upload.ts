/** Uses a store in a bucket until it is killed, or prints how much memory a large image took. Results that calls returned are printed immediately. */
import { writeSync } from 'node:fs';
import { createStore, type S3Settings } from '../../../src/store/index.ts';
import { about, drawn, someBytes } from '../sample-images.ts';
import { bytesOf, largeBytesOf } from '../works.ts';

const { DIRECTORY = '', S3 = '', KNOWN = '', MEGABYTES = '' } = process.env;
const s3 = JSON.parse(S3) as S3Settings; // written by the test
const store = createStore({ directory: DIRECTORY, s3, marks: 'none', now: () => Date.UTC(2026, 10, 26) });
const say = (text: string) => void writeSync(1, `${text}\n`);

async function save(id: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const generation = drawn({ id, bytes });
  await store.save(generation, about(generation));
  say(`saved ${id}`);
}

/** @returns the maximum growth of the process, in bytes */
async function growthOf(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 2);
  await work();
  clearInterval(timer);
  return most - before;
}

await store.preflight();
if (MEGABYTES === '') {
  await save('fresh-0001', bytesOf('fresh-0001'));
  await store.tag('fresh-0001', ['fresh']);
  say('tagged fresh-0001');
  await store.delete(KNOWN);
  say(`deleted ${KNOWN}`);
  await save('fresh-0002', largeBytesOf('fresh-0002'));
} else {
  const bytes = someBytes(Number(MEGABYTES) * 1024 * 1024);
  // The first multipart upload loads modules, so it is not measured.
  await save('fresh-0001', someBytes(17 * 1024 * 1024));
  say(`grew ${await growthOf(() => save('fresh-0002', bytes))}`);
}
await store.close();
