/** Start-up cost: importing the package root, a whole process from its start to the first image, and the command line. */
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runNode, timeNode } from './processes.ts';
import { milliseconds, type Row } from './report.ts';
import { interleave, type Setting } from './rounds.ts';
import { median } from './statistics.ts';

const IMAGE_BYTES = 100_000;
/** More rounds, because the start time of a process varies as much as the measured difference. */
const ROUNDS_FACTOR = 4;

export async function measureStart(setting: Setting): Promise<readonly Row[]> {
  return [
    await measureImport(setting),
    await checkLightImport(setting),
    await measureFirstImage(setting),
    await measureCommand(setting, '--version', 2),
    await measureCommand(setting, '--help', 3.5),
  ];
}

async function measureImport({ children, entry, rounds }: Setting): Promise<Row> {
  const openaiEntry = pathToFileURL(createRequire(import.meta.url).resolve('openai')).href;
  const programs = {
    raw: '',
    openai: `import ${JSON.stringify(openaiEntry)};`,
    ours: `import ${JSON.stringify(entry)};`,
  };
  const fileOf = (name: string) => join(children, `import-${name}.mjs`);
  for (const [name, text] of Object.entries(programs)) await writeFile(fileOf(name), text);
  const times = await interleave(rounds * ROUNDS_FACTOR, (subject) => timeNode(fileOf(subject)));
  const [empty, openai, ours] = [median(times.raw), median(times.openai), median(times.ours)];
  return {
    title: 'import of the package root (raw: an empty process)',
    figures: [milliseconds(empty), milliseconds(openai), milliseconds(ours)],
    goals: [{ label: 'x an empty process', value: ours / empty, limit: 1.4, isMinimum: false }],
  };
}

/** Checks that neither the HTTP client nor the schema library is loaded before the first call. */
async function checkLightImport({ children, entry }: Setting): Promise<Row> {
  const output = await runNode(join(children, 'list-modules.mjs'), { args: [entry] });
  const loaded = JSON.parse(output) as readonly string[];
  const heavy = loaded.filter((url) => /\/node_modules\/(?:ky|p-retry|zod)\//.test(url));
  return {
    title: `modules loaded by the root: ${loaded.length}; of ky, p-retry and zod`,
    figures: ['', '', String(heavy.length)],
    goals: [{ label: 'modules', value: heavy.length, limit: 0, isMinimum: false }],
  };
}

async function measureFirstImage({ children, entry, serverUrl, rounds }: Setting): Promise<Row> {
  const baseUrl = `${serverUrl}/base64/${IMAGE_BYTES}/1/v1`;
  const times = await interleave(rounds * ROUNDS_FACTOR, (subject) =>
    timeNode(join(children, 'first-image.mjs'), [subject, baseUrl, entry]),
  );
  const [raw, openai, ours] = [median(times.raw), median(times.openai), median(times.ours)];
  return {
    title: 'process start to first image, 0.1 MB',
    figures: [milliseconds(raw), milliseconds(openai), milliseconds(ours)],
    goals: [
      { label: 'x raw', value: ours / raw, limit: 1.5, isMinimum: false },
      { label: 'x openai', value: ours / openai, limit: 0.85, isMinimum: false },
    ],
  };
}

/** The command line against `node -e 0`, as pairs of runs. */
async function measureCommand({ command, rounds }: Setting, flag: string, limit: number): Promise<Row> {
  const [empty, ours, ratios]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds * ROUNDS_FACTOR; round++) {
    const [emptyMs, oursMs] = [await timeNode('-e', ['0']), await timeNode(command, [flag])];
    empty.push(emptyMs);
    ours.push(oursMs);
    ratios.push(oursMs / emptyMs);
  }
  return {
    title: `imagen ${flag} (raw: node -e 0)`,
    figures: [milliseconds(median(empty)), '', milliseconds(median(ours))],
    goals: [{ label: 'x an empty process, median of pairs', value: median(ratios), limit, isMinimum: false }],
  };
}
