/** Uses a store in three concurrent loops until it is killed. Prints each operation when it starts and when it has returned. */
import { writeSync } from 'node:fs';
import { FILES } from '../../../src/store/files/files.ts';
import { createStore } from '../../../src/store/index.ts';
import { about, drawn, handleOf } from '../sample-images.ts';
import { careless } from '../watched-files.ts';
import { bytesOf } from '../works.ts';

const { DIRECTORY = '', NAME = '', SEED = '1', ORIGIN = '', PLANT = '' } = process.env;
const say = (text: string) => void writeSync(1, `${text}\n`);

let state = Number(SEED);
/** Returns a pseudo-random number below `max`, by Marsaglia's xorshift. The same seed gives the same numbers. */
function chance(max: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % max;
}

const slowly = () => new Promise<void>((done) => setTimeout(done, 40));
const store = createStore({
  directory: DIRECTORY,
  marks: 'none',
  ...(PLANT && { files: careless(FILES, slowly) }),
});

async function work(loop: number): Promise<never> {
  const kept: string[] = [];
  for (let round = 0; ; round++) {
    const id = `${NAME}-${loop}-${round}-fox`;
    const mine = kept[chance(Math.max(kept.length, 1))];
    const what = chance(10);
    if (what < 4 || mine === undefined) {
      say(`saving ${id}`);
      const generation = drawn({ id, bytes: bytesOf(id) });
      await store.save(generation, about(generation));
      say(`saved ${id}`);
      kept.push(id);
    } else if (what < 6) {
      await store.tag(mine, [String(round)]);
      say(`tagged ${mine} ${round}`);
    } else if (what < 8) {
      say(`deleting ${mine}`);
      await store.delete(mine);
      say(`deleted ${mine}`);
      kept.splice(kept.indexOf(mine), 1);
    } else if (what < 9) {
      say(`promising ${id}`);
      const promise = await store.ledger.reserve({ micros: 1, provider: 'p', model: 'm', images: 1 }, [
        { name: 'all' },
      ]);
      say(`promised ${id}`);
      await store.jobs.begin({ id, provider: 'p', model: 'm', reservation: promise as string });
      say(`begun ${id}`);
      await store.jobs.submitted(id, { ...handleOf(`job-${id}`), provider: 'another' });
      say(`submitted ${id}`);
    } else {
      await store.reindex();
      say('reindexed');
    }
  }
}

/** Imports the manager only when it is needed, because its code is large. */
async function createBuyer(): Promise<(loop: number) => Promise<never>> {
  const { createImageManager } = await import('../../../src/index.ts');
  const { jobProvider } = await import('../../faults/job-vendor.ts');
  const vendor = jobProvider({ origin: ORIGIN });
  await vendor.plan({ prompt: 'a red fox' });
  const images = createImageManager({ providers: { vendor }, store });
  await images.jobs();
  return async (loop) => {
    for (let round = 0; ; round++) {
      const prompt = `${NAME} ${loop} ${round}`;
      await images.generate({ prompt, fallback: [] });
      say(`bought ${prompt}`);
    }
  };
}

const third = ORIGIN ? await createBuyer() : work;
say('ready');
await Promise.all([work(1), work(2), third(3)]);
