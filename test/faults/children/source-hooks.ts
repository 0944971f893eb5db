/** Lets plain Node run `src` unbuilt: the one import that differs by platform is led to its source. */
import { registerHooks } from 'node:module';

const platform = new URL('../../../src/transport/platform/node.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) => next(specifier === '#platform' ? platform : specifier, context),
});
