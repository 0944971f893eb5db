import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ContractForm, type Edits, LOCKED_TYPES, readContract } from './support/contract-form.ts';
import {
  checkLock,
  checkPaper,
  describeDrift,
  findDrift,
  fingerprint,
  type Golden,
  type Paper,
  planUpdate,
  SECTIONS,
  withErrorTable,
} from './support/contract-lock.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const contracts = `${root}contracts/`;
/** Higher than any version so far. */
const NEXT = '99.0.0';
const SCHEMAS = ['image-request', 'edit-request'];

let real: ContractForm;
let paper: Paper;
let golden: Golden;

beforeAll(async () => {
  real = readContract();
  paper = await readPaper();
  if (process.env.UPDATE_CONTRACT === '1') {
    await update();
    paper = await readPaper();
  }
  golden = await readGolden();
}, 60_000);

describe('the current contract', () => {
  it('P1 P2: the types in the source match the agreed ones', () => {
    expect(checkLock(golden, real, paper)).toEqual([]);
  });

  it('prints the same table of errors as ERROR_RULES', () => {
    expect(withErrorTable(paper.contract, real)).toBe(paper.contract);
  });

  it('records every locked type with at least one member', () => {
    for (const name of LOCKED_TYPES) expect(Object.keys(real.locked.types[name] ?? {}), name).not.toHaveLength(0);
    expect(Object.keys(real.locked.errors)).toContain('outcome_unknown');
    expect(Object.keys(real.locked.lists)).toContain('IMAGE_FORMATS');
  });

  it('M2: AiImageResult has exactly its four fields', () => {
    expect(Object.keys(real.locked.types.AiImageResult ?? {})).toEqual(['format', 'imageBytes', 'model', 'promptUsed']);
  });

  it('has, for each version after the first, an amendment with the six sections', () => {
    expect(checkPaper(paper)).toEqual([]);
    expect(Object.keys(paper.amendments)).toEqual(expect.arrayContaining(['0001-signal.md', '0002-media-provider.md']));
  });
});

describe('a change of the protocol', () => {
  const planted: [what: string, rule: string, at: string, edits: Edits][] = [
    [
      'a field added to the result',
      'P1',
      'locked.types.AiImageResult.width',
      edit('result.ts', 'readonly model: string;', 'readonly model: string;\n  readonly width: number;'),
    ],
    [
      'an optional field added to the result',
      'P1',
      'locked.types.AiImageResult.width?',
      edit('result.ts', 'readonly model: string;', 'readonly model: string;\n  readonly width?: number;'),
    ],
    [
      'a field removed from the result',
      'P1',
      'locked.types.AiImageResult.model',
      edit('result.ts', 'readonly model: string;', ''),
    ],
    [
      'a field of the result made optional',
      'P1',
      'locked.types.AiImageResult.model?',
      edit('result.ts', 'readonly model: string;', 'readonly model?: string;'),
    ],
    [
      'a field of the result made writable',
      'P1',
      'locked.types.AiImageResult.model',
      edit('result.ts', 'readonly model: string;', 'model: string;'),
    ],
    [
      'a field of the result given another type',
      'P1',
      'locked.types.AiImageResult.imageBytes',
      edit('result.ts', 'imageBytes: Uint8Array', 'imageBytes: ArrayBuffer'),
    ],
    [
      'a field that the result inherits',
      'P1',
      'locked.types.AiImageResult.etag',
      edit(
        'result.ts',
        'export interface AiImageResult {',
        'interface Tagged { readonly etag: string }\nexport interface AiImageResult extends Tagged {',
      ),
    ],
    [
      'a second declaration that merges with the result',
      'P1',
      'locked.types.AiImageResult.etag',
      edit(
        'result.ts',
        'export interface AiImageResult {',
        'export interface AiImageResult { readonly etag: string }\nexport interface AiImageResult {',
      ),
    ],
    [
      'a parameter added to the canonical method',
      'P2',
      'locked.types.AiImageProvider.generateImage',
      edit('provider.ts', 'generateImage(prompt: string, params', 'generateImage(prompt: string, seed: number, params'),
    ],
    [
      'a field added to the canonical parameters',
      'P2',
      'locked.types.GenerateImageParams.seed?',
      edit('provider.ts', 'readonly signal?', 'readonly seed?: number;\n  readonly signal?'),
    ],
    [
      'a required method added to the full protocol',
      'P2',
      'locked.types.MediaProvider.warmUp',
      edit(
        'provider.ts',
        'close(options?: CloseOptions): Promise<void>;',
        'close(options?: CloseOptions): Promise<void>;\n  warmUp(): Promise<void>;',
      ),
    ],
    [
      'an optional method made required',
      'P2',
      'locked.types.MediaProvider.stream',
      edit('provider.ts', 'stream?(', 'stream('),
    ],
    [
      'another result of a method',
      'P2',
      'locked.types.MediaProvider.healthCheck',
      edit('provider.ts', 'Promise<Health>', 'Promise<boolean>'),
    ],
    [
      'a field removed from the job handle',
      'P2',
      'locked.types.JobHandle.submittedAt',
      edit('job.ts', 'readonly submittedAt: string;', ''),
    ],
    [
      'an error code added',
      'P2',
      'locked.errors.moody',
      edit(
        'error-rules.ts',
        'export const ERROR_RULES = {',
        "export const ERROR_RULES = {\n  moody: { mayRetry: true, mayFailOver: true, charged: 'no', meaning: 'Not today.' },",
      ),
    ],
    [
      'another rule for an error code',
      'P2',
      'locked.errors.outcome_unknown.mayRetry',
      edit('error-rules.ts', /(outcome_unknown: \{ \.\.\.UNCERTAIN)/, '$1, mayRetry: true'),
    ],
    [
      'an entry added to a closed list',
      'P2',
      'locked.lists.IMAGE_FORMATS',
      edit('vocabulary.ts', "'avif', 'svg'", "'avif', 'svg', 'tiff'"),
    ],
    [
      'a field removed from what a call gives back',
      'P2',
      'growing.ImageGeneration.cost',
      edit('generation.ts', '  readonly cost: Cost;\n', ''),
    ],
    [
      'a required field added to what a call gives back',
      'P2',
      'growing.ImageGeneration.mood',
      edit('generation.ts', '  readonly cost: Cost;\n', '  readonly cost: Cost;\n  readonly mood: string;\n'),
    ],
    [
      'an event taken away',
      'P2',
      'growing.ImageEvent',
      edit('events.ts', /\{\s+readonly type: 'queued';[^}]+\}\s+\| /, ''),
    ],
  ];

  it.each(planted)(
    '%s fails and names %s and the amendment process',
    (_what, rule, at, edits) => {
      const problems = checkLock(golden, readContract(edits), paper);
      const problem = problems.find((each) => each.startsWith(`${rule}: ${at} `));
      expect(problem, problems.join('\n')).toBeDefined();
      expect(problem).toContain('contracts/amendments/NNNN-name.md');
      for (const section of SECTIONS) expect(problem).toContain(section);
    },
    60_000,
  );

  it('P2: a parameter of the request fails, found in its JSON Schema', () => {
    const changed = structuredClone(real) as unknown as {
      locked: { schemas: { 'image-request': { properties: Record<string, unknown> } } };
    };
    changed.locked.schemas['image-request'].properties.mood = { type: 'string' };
    expect(findDrift(golden, changed as unknown as ContractForm).map(({ at }) => at)).toEqual([
      'locked.schemas.image-request.properties.mood',
    ]);
  });

  it('a change that only adds an optional field to a growing type is recorded without an amendment', () => {
    const [drift, ...more] = findDrift(
      golden,
      readContract(
        edit('generation.ts', '  readonly cost: Cost;\n', '  readonly cost: Cost;\n  readonly mood?: string;\n'),
      ),
    );
    expect(more).toEqual([]);
    expect(drift).toMatchObject({ at: 'growing.ImageGeneration.mood?', needsAmendment: false });
    expect(drift && describeDrift(drift)).toContain('No amendment is needed');
  });

  it('a change of comments and wording is not a change of the contract', () => {
    const reworded = readContract(edit('error-rules.ts', 'This model or provider cannot do it.', 'It cannot do that.'));
    expect(findDrift(golden, reworded)).toMatchObject([
      { at: 'locked.errors.unsupported.meaning', needsAmendment: false },
    ]);
    expect(fingerprint(reworded)).toBe(fingerprint(golden));
    const commented = readContract(edit('result.ts', "The vendor's model id.", 'Which model it was.'));
    expect(findDrift(golden, commented)).toEqual([]);
  });
});

describe('UPDATE_CONTRACT=1', () => {
  const widened = () =>
    readContract(edit('result.ts', 'readonly model: string;', 'readonly model: string;\n  readonly width: number;'));

  it('refuses a change of the result while the version is the old one', () => {
    expect(planUpdate(golden, widened(), paper)).toMatchObject({
      kind: 'refused',
      problems: expect.arrayContaining([
        expect.stringMatching(/^P1: locked\.types\.AiImageResult\.width .*Version increment/),
      ]),
    });
  });

  it('refuses a raised version without its amendment', () => {
    expect(planUpdate(golden, widened(), raised(paper, NEXT))).toMatchObject({
      kind: 'refused',
      problems: [expect.stringContaining('contracts/amendments/9001-*.md')],
    });
  });

  it.each(SECTIONS)('refuses an amendment without "%s"', (section) => {
    const text = amendment(NEXT).replace(`## ${section}\n\nText.\n\n`, '');
    const { kind } = planUpdate(golden, widened(), raised(paper, NEXT, text));
    expect(kind).toBe('refused');
  });

  it('refuses an amendment with an empty section, and one for another version', () => {
    const empty = amendment(NEXT).replace('## Review\n\nText.', '## Review');
    expect(planUpdate(golden, widened(), raised(paper, NEXT, empty)).kind).toBe('refused');
    expect(planUpdate(golden, widened(), raised(paper, NEXT, amendment('99.1.0'))).kind).toBe('refused');
  });

  it('refuses a version that is not higher than the one before', () => {
    expect(planUpdate(golden, widened(), raised(paper, '0.9.9', amendment('0.9.9'))).kind).toBe('refused');
  });

  it('records a change with a raised version and a complete amendment, and stamps the history', () => {
    const next = raised(paper, NEXT, amendment(NEXT));
    const changed = widened();
    const planned = planUpdate(golden, changed, next);
    if (planned.kind === 'refused') throw new Error(planned.problems.join('\n'));
    expect(planned.contract).toContain(`| ${NEXT} | 2026-11-22 | 9001 | \`${fingerprint(changed)}\` |`);
    expect(checkLock(planned.golden, changed, { ...next, contract: planned.contract })).toEqual([]);
  });

  it('is not fooled by an edited golden file, nor by a deleted one', () => {
    const changed = widened();
    expect(checkLock({ contract: golden.contract, ...changed }, changed, paper)).toEqual([
      expect.stringMatching(/^P2: the recorded form was changed, but version \S+ has the fingerprint/),
    ]);
    expect(planUpdate(undefined, changed, paper).kind).toBe('refused');
  });
});

/** A change to one file of the protocol, in memory. */
function edit(file: string, from: string | RegExp, to: string): Edits {
  return { [file]: (source) => source.replace(from, to) };
}

function raised({ contract, amendments }: Paper, version: string, text?: string): Paper {
  const row = `| ${version} | 2026-11-22 | 9001 | pending | A wider result |\n`;
  return {
    contract: `${contract.replace(/^Version: .*$/m, `Version: ${version}`).trimEnd()}\n${row}`,
    amendments: text === undefined ? amendments : { ...amendments, '9001-width.md': text },
  };
}

function amendment(version: string): string {
  return `# Amendment 9001\n\nVersion: ${version}\n\n${SECTIONS.map((section) => `## ${section}\n\nText.\n\n`).join('')}`;
}

async function readPaper(): Promise<Paper> {
  const files = (await readdir(`${contracts}amendments`)).filter((file) => file.endsWith('.md')).sort();
  const texts = await Promise.all(files.map((file) => readFile(`${contracts}amendments/${file}`, 'utf8')));
  return {
    contract: await readFile(`${contracts}ai-image-provider.md`, 'utf8'),
    amendments: Object.fromEntries(files.map((file, index) => [file, texts[index] ?? ''])),
  };
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(`${contracts}${path}`, 'utf8'));
}

/** The recorded form: one file for the types, one for each schema. */
async function readGolden(): Promise<Golden> {
  const form = (await readJson('protocol.golden.json')) as unknown as Golden;
  const schemas = await Promise.all(SCHEMAS.map((name) => readJson(`schemas/${name}.schema.json`)));
  const named = Object.fromEntries(SCHEMAS.map((name, index) => [name, schemas[index]]));
  return { ...form, locked: { ...form.locked, schemas: named } };
}

async function update(): Promise<void> {
  const before = existsSync(`${contracts}protocol.golden.json`) ? await readGolden() : undefined;
  const planned = planUpdate(before, real, paper);
  if (planned.kind === 'refused') throw new Error(planned.problems.join('\n'));
  const { schemas, ...locked } = planned.golden.locked;
  const files: Record<string, unknown> = { 'protocol.golden.json': { ...planned.golden, locked } };
  for (const name of SCHEMAS) files[`schemas/${name}.schema.json`] = schemas[name];
  for (const [path, content] of Object.entries(files)) {
    await writeFile(`${contracts}${path}`, `${JSON.stringify(content, null, 2)}\n`);
  }
  await writeFile(`${contracts}ai-image-provider.md`, planned.contract);
  await promisify(execFile)(process.execPath, [
    `${root}node_modules/@biomejs/biome/bin/biome`,
    'format',
    '--write',
    ...Object.keys(files).map((path) => `${contracts}${path}`),
  ]);
}
