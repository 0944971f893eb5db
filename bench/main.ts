/**
 * Benchmarks against raw `fetch` and the vendor's own client, on 127.0.0.1 only.
 *
 *   npm run bench                       everything, about five minutes
 *   npm run bench -- --quick            fewer rounds
 *   npm run bench -- memory cpu         only these sections: memory, cpu, loop, last-byte, throughput, start, bundle
 *   npm run bench -- --sources          bundle src/ instead of using dist/
 *
 * Only ratios within one run are meaningful. Exit code 1: a goal was missed; 2: invalid arguments.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { measureBundles } from './bundle.ts';
import { cases } from './cases.ts';
import { prepareChildren, preparePackage } from './package-under-test.ts';
import { startServer } from './processes.ts';
import { printHead, printRow, printSummary, type Row } from './report.ts';
import { runCase, type Setting } from './rounds.ts';
import { measureStart } from './start.ts';

const SECTIONS = [...new Set(cases.map(({ section }) => section)), 'start', 'bundle'];
const ROUNDS = { full: 7, quick: 3 };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, sources: { type: 'boolean', default: false } },
});
const unknown = positionals.find((name) => !SECTIONS.includes(name));
if (unknown !== undefined) {
  console.error(`Unknown section ${JSON.stringify(unknown)}. Use one of: ${SECTIONS.join(', ')}.`);
  process.exit(2);
}
const isWanted = (section: string) => positionals.length === 0 || positionals.includes(section);

const underTest = await preparePackage(values.sources);
const rounds = values.quick ? ROUNDS.quick : ROUNDS.full;
console.log(
  `Node ${process.version} on ${process.platform}, ${availableParallelism()} cores, ${rounds} rounds, medians.`,
);
console.log(
  `Measured: ${underTest.description}. Memory is resident memory above that of the idle process after warm-up.\n`,
);

const server = await startServer();
try {
  const { entry, command } = underTest;
  const setting: Setting = { children: await prepareChildren(), entry, command, serverUrl: server.url, rounds };
  const rows: Row[] = [];
  const add = (more: readonly Row[]) => {
    for (const row of more) printRow(row);
    rows.push(...more);
  };
  printHead();
  for (const each of cases) if (isWanted(each.section)) add([await runCase(each, setting)]);
  if (isWanted('start')) add(await measureStart(setting));
  if (isWanted('bundle')) add(await measureBundles(setting.children));
  process.exitCode = printSummary(rows) ? 0 : 1;
} finally {
  server.close();
}
