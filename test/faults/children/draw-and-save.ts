/**
 * A host app that generates one image and saves it. It writes the job handle to a file as soon as it has one, or resumes from a handle in
 * that file. Its parent process kills it in between.
 */
import { open, writeFile } from 'node:fs/promises';
import { createProvider, type JobHandle } from '../../../src/index.ts';

const { PROVIDER = '', MODEL = '', BASE_URL = '', JOURNAL = '', SAVED = '', HANDLE, SAVE_DELAY_MS = '0' } = process.env;
const provider = createProvider(PROVIDER, { apiKey: 'key-0123456789abcdef', baseUrl: BASE_URL, deadlineMs: 20_000 });
const journal = await open(JOURNAL, 'a');

const { images } =
  HANDLE === undefined
    ? await provider.generate(
        { prompt: 'a red fox', model: MODEL },
        {
          async onJob(handle) {
            await journal.appendFile(`${JSON.stringify(handle)}\n`);
            await journal.sync();
          },
        },
      )
    : await provider.resume(JSON.parse(HANDLE) as JobHandle);

process.stdout.write('drawn\n');
await new Promise((done) => setTimeout(done, Number(SAVE_DELAY_MS)));
await writeFile(SAVED, images[0].imageBytes);
