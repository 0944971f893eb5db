/** Generates CALLS images with a usage sink. SINK: a file, or `hang` for a sink that never answers. */
import { writeSync } from 'node:fs';
import { createImageManager } from '../../../src/index.ts';
import { createStore } from '../../../src/store/index.ts';
import { createUsageDelivery, jsonLinesSink } from '../../../src/usage/index.ts';
import { PaidProvider } from '../../manager/support.ts';

const { DIRECTORY = '', CALLS = '1', SINK = '', NAME = '' } = process.env;
const say = (text: string) => void writeSync(1, `${text}\n`);

const hanging = {
  name: 'file',
  record() {
    say('asked');
    return new Promise<never>(() => undefined);
  },
};
const store = createStore({ directory: DIRECTORY });
const usage = createUsageDelivery({
  store,
  sinks: [SINK === 'hang' ? hanging : jsonLinesSink({ path: SINK, name: 'file' })],
});
const images = createImageManager({ providers: { paid: new PaidProvider() }, store });
for (let call = 0; call < Number(CALLS); call++) {
  const { saved } = await images.generate({ prompt: `picture ${NAME} ${call}`, size: '64x64' });
  say(`kept ${saved[0]!.id}`);
}
await images.close();
await usage.close();
await store.close();
say('closed');
