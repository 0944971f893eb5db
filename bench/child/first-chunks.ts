/** Imports one bundle, makes its first picture (a PNG) without a network, and lists every file that was loaded for it, as JSON. */
import { registerHooks } from 'node:module';
import { makePng } from '../png.ts';

const loaded: string[] = [];
registerHooks({
  load(url, context, nextLoad) {
    loaded.push(url);
    return nextLoad(url, context);
  },
});
const picture = makePng(10_000).toString('base64');
globalThis.fetch = async () => Response.json({ data: [{ b64_json: picture }] });

const { make }: { make: (apiKey: string) => Promise<unknown> } = await import(process.argv[2] ?? '');
if (!JSON.stringify(await make('sk-bench-0123456789'))) throw new Error('no picture came');
process.stdout.write(JSON.stringify(loaded));
