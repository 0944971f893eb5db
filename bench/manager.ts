/**
 * CPU cost of the manager compared with the provider alone, for an image of 2 MB with all features on (profile, style, budget, session,
 * trace). Run `npm run bench:manager` after a build. Interleaved rounds in one process, medians; only the ratio is meaningful.
 */
import { preparePackage } from './package-under-test.ts';
import { startServer } from './processes.ts';
import { median } from './statistics.ts';

const ROUNDS = 31;
const CALLS = 12;
const GOAL = 1.05;
const BYTES = 2_000_000;

const { entry, description } = await preparePackage(process.argv.includes('--sources'));
const { createImageManager, createProvider }: typeof import('../src/index.ts') = await import(entry);
const server = await startServer();
try {
  const provider = createProvider('openai', {
    apiKey: 'sk-bench-0123456789',
    baseUrl: `${server.url}/base64/${BYTES}/1/v1`,
  });
  const images = createImageManager({
    providers: { openai: provider },
    budget: { perCallUsd: 10, perSessionUsd: 1e6, perDayUsd: 1e6, perMonthUsd: 1e6 },
    profiles: { all: { styleGuidance: 'in our green', maxImagesPerSession: 1e6, remembers: true } },
    onStep: () => () => undefined,
  });
  const session = images.session();
  const model = 'gpt-image-2.5-flare';
  const bare = () => provider.generate({ prompt: 'A lighthouse in the fog', model });
  const managed = () =>
    images.generate({ prompt: 'A lighthouse in the fog', style: 'photo', model, profile: 'all', session });

  const cpuOf = async (call: () => Promise<unknown>): Promise<number> => {
    const before = process.cpuUsage();
    for (let calls = 0; calls < CALLS; calls++) await call();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / CALLS;
  };
  await cpuOf(bare);
  await cpuOf(managed);
  const rounds: (readonly [bare: number, managed: number])[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // The order alternates, because the second call may pay for the garbage of the first.
    const isFirst = round % 2 === 0;
    const one = await cpuOf(isFirst ? bare : managed);
    const other = await cpuOf(isFirst ? managed : bare);
    rounds.push(isFirst ? [one, other] : [other, one]);
  }
  const [own, all] = [median(rounds.map(([each]) => each)), median(rounds.map(([, each]) => each))];
  // Compares neighbouring rounds, which ran under the same conditions.
  const ratio = median(rounds.map(([each, other]) => other / each));
  console.log(`Node ${process.version}, ${description}, ${ROUNDS} rounds of ${CALLS} calls, ${BYTES / 1e6} MB each`);
  console.log(
    `CPU per call: provider ${own.toFixed(2)} ms, with the manager ${all.toFixed(2)} ms: ${ratio.toFixed(3)} x (<= ${GOAL})`,
  );
} finally {
  server.close();
}
