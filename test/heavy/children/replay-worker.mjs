/** Replays a conversation of one provider in a fresh thread, and reports the code that was loaded after the submit. */
import { registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

const { library, testing, id, path, settings, conversation } = workerData;
const { replay } = await import(testing);
const { createProvider } = await import(library);

const lateLoads = [];
let isSubmitted = false;
registerHooks({
  load(url, context, next) {
    if (isSubmitted && url.startsWith('file:')) lateLoads.push(url.replace(/^.*\//, ''));
    return next(url, context);
  },
});

const hooks = {
  onAttempt({ step }) {
    isSubmitted ||= step === 'submit';
  },
};
const create = ({ baseUrl, ...given }) =>
  createProvider(id, {
    ...settings,
    ...given,
    hooks,
    limits: { minPollIntervalMs: 10, requestsPerMinute: 60_000 },
    baseUrl: `${baseUrl}${path}`,
  });
const problems = await replay({ name: id, create, fixtures: [], timeoutMs: 50_000 }, conversation);
parentPort.postMessage({ lateLoads, isSubmitted, problems });
