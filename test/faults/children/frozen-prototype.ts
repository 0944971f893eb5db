/** A host app that freezes Object.prototype. Everything must work as usual. */
Object.freeze(Object.prototype);

const { StubProvider } = await import('../../../src/index.ts');
const { directProvider, finished, jobProvider, startJobServer } = await import('../job-vendor.ts');
const { closeServers, startServer } = await import('../hostile-server.ts');
const { base64, failure, openai, openaiReply, png } = await import('../support.ts');

const request = { prompt: 'a lighthouse' };
const results: Record<string, unknown> = {};

const api = await startServer((hit, nth) => {
  if (nth === 1) hit.reply(200, openaiReply());
  else if (nth === 2) hit.reply(400, { error: { message: 'no such size' } });
  else hit.reply(200, `{"__proto__":{"polluted":1},"images":[{"bytes":"${base64(png())}"}]}`);
});
const jobs = await startJobServer({
  poll: (hit, nth) => hit.reply(200, nth > 1 ? finished(hit) : { status: 'running' }),
});

results.direct = (await openai(api).generate(request)).images.length;
results.refused = (await failure(openai(api).generate(request))).code;
results.polluted = await directProvider(api)
  .generate(request)
  .then(({ images }) => images.length)
  .catch(({ code }: { code: string }) => code);
results.job = (await jobProvider(jobs).generate(request)).images.length;
results.stub = (await new StubProvider().generateImage('a boat', { size: '64x64' })).format;
results.isClean = !('polluted' in {});

await closeServers();
process.stdout.write(JSON.stringify(results));
