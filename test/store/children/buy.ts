/**
 * Generates CALLS images at the same time, through a manager with a store. KIND chooses a provider with or without jobs. With PROJECT, the
 * limit is that of the project, and each call brings it.
 */
import { writeSync } from 'node:fs';
import { createImageManager } from '../../../src/index.ts';
import { isAiImageError } from '../../../src/providers/protocol/errors.ts';
import { createStore } from '../../../src/store/index.ts';
import { directProvider, jobProvider } from '../../faults/job-vendor.ts';
import { priced } from '../priced.ts';

const {
  DIRECTORY = '',
  ORIGIN = '',
  CALLS = '1',
  KIND = 'direct',
  PER_DAY_USD = '',
  NAME = '',
  PROJECT = '',
} = process.env;
const say = (text: string) => void writeSync(1, `${text}\n`);

const vendor =
  KIND === 'jobs' ? jobProvider({ origin: ORIGIN }, { deadlineMs: 30_000 }) : directProvider({ origin: ORIGIN });
const store = createStore({ directory: DIRECTORY });
const images = createImageManager({
  providers: { vendor: priced(vendor, 0.1) },
  store,
  ...(PER_DAY_USD !== '' && PROJECT === '' && { budget: { perDayUsd: Number(PER_DAY_USD) } }),
});
await Promise.all(
  Array.from({ length: Number(CALLS) }, async (_, call) => {
    try {
      const { saved, reasons } = await images.generate(
        {
          prompt: `picture ${NAME} ${call}`,
          fallback: [],
          ...(PROJECT !== '' && { metadata: { costCenter: PROJECT } }),
        },
        PROJECT === '' ? {} : { projectPerDayUsd: Number(PER_DAY_USD) },
      );
      say(saved.length === 1 ? `kept ${saved[0]!.id}` : `not kept: ${reasons.join()}`);
    } catch (error) {
      say(isAiImageError(error) ? error.code : String(error));
    }
  }),
);
await images.close();
await store.close();
