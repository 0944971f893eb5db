/** Loaded before a program: writes the URLs of all modules that the program imports to the file that MODULES_FILE names. */
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const loaded = [];
registerHooks({
  resolve(specifier, context, next) {
    // The source itself, whether or not the package was built.
    if (specifier === '#platform') {
      const url = new URL('../../../../src/transport/platform/node.ts', import.meta.url).href;
      return { url, shortCircuit: true };
    }
    return next(specifier, context);
  },
  load(url, context, next) {
    if (url.startsWith('file:')) loaded.push(url);
    return next(url, context);
  },
});
process.on('exit', () => writeFileSync(process.env.MODULES_FILE, JSON.stringify(loaded)));
