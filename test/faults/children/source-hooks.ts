/** Lets plain Node run `src` without a build: resolves the one platform-dependent import to its source file. */
import { registerHooks } from 'node:module';

const platform = new URL('../../../src/transport/platform/node.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) => next(specifier === '#platform' ? platform : specifier, context),
});
