/** Bundles for Node and for browsers, reports what webpack warns of, and runs the bundle for Node. */
import { createRequire } from 'node:module';
import webpack from 'webpack';

const bundle = (name, target) => ({
  name,
  target,
  mode: 'production',
  entry: './main.mjs',
  output: { path: `${import.meta.dirname}/dist/${name}`, filename: 'main.cjs', library: { type: 'commonjs2' } },
});

const compiler = webpack([bundle('node', 'node22'), bundle('web', ['web', 'es2022'])]);
const { errors, warnings } = await new Promise((done, fail) =>
  compiler.run((error, stats) =>
    error ? fail(error) : done(stats.toJson({ all: false, errors: true, warnings: true })),
  ),
);
const texts = [...errors, ...warnings].map(({ message }) => message.split('\n')[0]);
const { run } = createRequire(import.meta.url)('./dist/node/main.cjs');
console.log(JSON.stringify({ ...(await run(JSON.parse(process.env.BASE_URLS))), warnings: texts }));
