/** docs/agents.md: its examples are files that run, with the stub and a vendor of language models on this machine. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AgentVendor, startAgentVendor } from '../tool/agent-vendor.ts';

const PAGE = 'docs/agents.md';
const FOLDER = resolve('examples/agents');
const EXAMPLE = /<!-- example: (\S+) -->\n```(?:ts|js)\n([\s\S]*?)```/g;
const STALE = 'Regenerate it: UPDATE_DOCS=1 npx vitest run test/docs';

const files = (await readdir(FOLDER)).sort();
if (process.env.UPDATE_DOCS) {
  let text = await readFile(PAGE, 'utf8');
  for (const [block, file = ''] of text.matchAll(EXAMPLE)) {
    const code = await readFile(join(FOLDER, file), 'utf8');
    const language = file.endsWith('.ts') ? 'ts' : 'js';
    text = text.replace(block, () => `<!-- example: ${file} -->\n\`\`\`${language}\n${code}\`\`\``);
  }
  await writeFile(PAGE, text);
}

it('docs/agents.md shows every example exactly as it is in examples/agents', async () => {
  const shown = [...(await readFile(PAGE, 'utf8')).matchAll(EXAMPLE)];
  expect(shown.map(([, file]) => file).sort()).toEqual(files);
  for (const [, file = '', code] of shown) expect(code, STALE).toBe(await readFile(join(FOLDER, file), 'utf8'));
});

describe('an example of docs/agents.md', () => {
  let vendor: AgentVendor;
  let directory: string;
  const before = process.cwd();
  const lines: string[] = [];

  beforeAll(async () => {
    vendor = await startAgentVendor();
    directory = await mkdtemp(join(tmpdir(), 'ai-image-agents-'));
    process.chdir(directory);
    vi.stubEnv('OPENAI_BASE_URL', `${vendor.url}/v1`);
    vi.stubEnv('OPENAI_API_KEY', 'not-a-real-key');
    vi.stubEnv('GOOGLE_GEMINI_BASE_URL', vendor.url);
    vi.stubEnv('GEMINI_API_KEY', 'not-a-real-key');
    vi.stubEnv('GOOGLE_API_KEY', '');
  });
  beforeEach(() => {
    lines.length = 0;
    vi.spyOn(console, 'log').mockImplementation((...words) => {
      lines.push(words.map((word) => (typeof word === 'string' ? word : JSON.stringify(word))).join(' '));
    });
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    process.chdir(before);
    await vendor.close();
    await rm(directory, { recursive: true });
  });

  it.each(['openai.ts', 'gemini.ts', 'langchain.ts'])('%s runs until the model has answered', async (file) => {
    const asked = vendor.requests.length;
    await import(join(FOLDER, file));

    expect(lines.at(-1)).toBe('Here is your image.');
    expect(vendor.requests.length - asked).toBe(2);
    expect(JSON.stringify(vendor.requests.at(-1))).toContain('imagen://images/');
  });

  it('call.ts shows one image for the call and for its repetition', async () => {
    await import(join(FOLDER, 'call.ts'));

    const [first, again] = lines.map((line) => JSON.parse(line));
    expect(first).toMatchObject({ success: true, data: { status: 'done', images: [{ width: 512, height: 512 }] } });
    expect(again.data.images).toEqual(first.data.images);
  });

  it('messages.ts edits the last image of the conversation', async () => {
    await import(join(FOLDER, 'messages.ts'));

    expect(JSON.parse(lines[0] ?? '')).toMatchObject([
      { role: 'assistant', content: [{ type: 'text' }, { type: 'image' }] },
    ]);
    expect(lines[1]).toMatch(/^data:image\/\w+;base64,/);
    expect(lines[2]).toBe('true');
  });

  it('persona.ts shows that the limit of a persona holds', async () => {
    await import(join(FOLDER, 'persona.ts'));

    expect(lines).toEqual([expect.stringMatching(/^true false .*2/)]);
  });

  it('manifest.ts writes the files that hosts read', async () => {
    await import(join(FOLDER, 'manifest.ts'));

    expect(JSON.parse(await readFile('tools.json', 'utf8'))).toMatchObject([{ name: 'generate_image' }]);
    expect(JSON.parse(await readFile('skills.json', 'utf8'))).toMatchObject([{ name: 'ImageCreation' }]);
  });
});
