/** Saves a number of images under one name and prints their ids. */
import { writeSync } from 'node:fs';
import { createStore } from '../../../src/store/index.ts';
import { about, drawn } from '../sample-images.ts';
import { bytesOf } from '../works.ts';

const { DIRECTORY = '', NAME = '', SAVES = '1' } = process.env;
const store = createStore({ directory: DIRECTORY, marks: 'none', naming: '{prompt}' });
const left = Array.from({ length: Number(SAVES) }, (_, at) => `process-${NAME}-${at}`);
const work = async () => {
  for (let id = left.shift(); id !== undefined; id = left.shift()) {
    const generation = drawn({ id, bytes: bytesOf(id), prompt: `fox ${NAME.length}` });
    const [kept] = await store.save(generation, about(generation));
    writeSync(1, `${kept!.id} ${kept!.path}\n`);
  }
};
await Promise.all([work(), work()]);
await store.close();
