/**
 * Runs the operation WORK on a store and kills its own process before step AT. Without AT it counts the steps. A step is a change that other
 * processes can see: of a file, or the end of a database transaction. Dying before a step is the same as dying after the previous one.
 * Results that calls returned are printed immediately.
 */
import { writeSync } from 'node:fs';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import type { FileOperations } from '../../../src/store/files/files.ts';
import { createStore } from '../../../src/store/index.ts';
import { about, drawn, handleOf } from '../sample-images.ts';
import { careless, watchedFiles } from '../watched-files.ts';
import { bytesOf, WORKS, type Work } from '../works.ts';

const { DIRECTORY = '', WORK = '', AT = '-1', HALF = '', PLANT = '', KNOWN = '' } = process.env;
const CHANGES = ['writeFile', 'link', 'rename', 'unlink', 'mkdir', 'copyFile'];

let count = 0;
const seen: string[] = [];

function die(): void {
  process.kill(process.pid, 'SIGKILL');
  // Blocks until the signal arrives.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function step(name: string): void {
  seen.push(name);
  if (count++ === Number(AT) && HALF === '') die();
}

/** Writes half of a file before the process dies. */
function halfWritten(files: FileOperations): FileOperations {
  const open = async (...args: Parameters<FileOperations['open']>) => {
    const handle = await files.open(...args);
    const writeFile = async (bytes: Uint8Array) => {
      if (count === Number(AT)) {
        await handle.write(bytes.subarray(0, bytes.length / 2));
        die();
      }
      step('writeFile');
      return handle.writeFile(bytes);
    };
    return new Proxy(handle, { get: (target, name) => (name === 'writeFile' ? writeFile : Reflect.get(target, name)) });
  };
  return { ...files, open };
}

let isInside = false;
const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (this: DatabaseSync, text: string) {
  if (text.includes('COMMIT')) step('commit');
  isInside = text.startsWith('BEGIN') && !text.includes('COMMIT');
  return exec.call(this, text);
};
const { run } = StatementSync.prototype;
StatementSync.prototype.run = function (this: StatementSync, ...values: Parameters<typeof run>) {
  if (!isInside) step('run');
  return run.apply(this, values);
} as typeof run;

const watched = watchedFiles((operation, path) => {
  // Creating an empty file for a database counts too.
  if (CHANGES.includes(operation) && !(HALF && operation === 'writeFile')) step(`${operation} ${path}`);
});
const files = HALF ? halfWritten(watched) : PLANT ? careless(watched, () => step('write')) : watched;
const store = createStore({ directory: DIRECTORY, files, marks: 'none', now: () => Date.UTC(2026, 10, 26) });
const say = (text: string) => void writeSync(1, `${text}\n`);

const [first = '', second = ''] = KNOWN.split(',');
const works: Readonly<Record<Work, () => Promise<void>>> = {
  async save() {
    const generation = drawn(
      { id: 'fresh-0001', bytes: bytesOf('fresh-0001') },
      { id: 'fresh-0002', bytes: bytesOf('fresh-0002') },
    );
    for (const { id } of await store.save(generation, about(generation))) say(`saved ${id}`);
  },
  async change() {
    await store.tag(first, ['fresh']);
    say(`tagged ${first}`);
    await store.keep(second);
    say(`kept ${second}`);
  },
  async delete() {
    await store.delete(first);
    say(`deleted ${first}`);
  },
  async reindex() {
    await store.reindex();
    say('reindexed');
  },
  async quarantine() {
    say(`aside ${await store.quarantine(bytesOf('aside'), 'cut off')}`);
  },
  async money() {
    const spending = { micros: 1_000, provider: 'p', model: 'm', images: 1 };
    const promise = (await store.ledger.reserve(spending, [{ name: 'day' }])) as string;
    say('promised');
    await store.jobs.begin({ id: 'call-2', provider: 'p', model: 'm', reservation: promise });
    say('begun');
    await store.jobs.submitted('call-2', handleOf('job-2'));
    say('submitted');
    await store.ledger.recordCost(promise, 3_000);
    say('settled');
    await store.jobs.end('call-2', 'done');
    say('ended');
  },
  async repair() {
    await store.repairLedger();
    say('repaired');
  },
};
const work = WORKS.find((each) => each === WORK);
if (work === undefined) throw new Error(`there is no work ${WORK}`);
await works[work]();
await store.close();
if (Number(AT) < 0) process.stderr.write(JSON.stringify(seen));
