/** Imports one module and prints all loaded modules as JSON. */
import { registerHooks } from 'node:module';

const loaded: string[] = [];
registerHooks({
  load(url, context, nextLoad) {
    loaded.push(url);
    return nextLoad(url, context);
  },
});
await import(process.argv[2] ?? '');
process.stdout.write(JSON.stringify(loaded));
