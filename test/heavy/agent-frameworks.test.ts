/**
 * The packed package in frameworks for agents, with their real packages from the registry: the recipes of docs/agents.md that need packages
 * which this project does not have. A vendor of language models on this machine asks for the image.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installHost, packPackage, RuntimeMissing, runHost } from '../hosts/support/host-projects.ts';
import { type AgentVendor, startAgentVendor } from '../tool/agent-vendor.ts';

const run = promisify(execFile);
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const KEY = 'not-a-real-key';

interface Project {
  readonly title: string;
  readonly packages: Readonly<Record<string, string>>;
}

const RECIPES: readonly (Project & { readonly file: string })[] = [
  { title: 'Anthropic 1', file: 'anthropic.mjs', packages: { '@anthropic-ai/sdk': '1.14.0' } },
  { title: 'Mastra 1', file: 'mastra.mjs', packages: { '@mastra/core': '1.71.0', zod: '4.6.7' } },
  { title: 'Genkit 1', file: 'genkit.mjs', packages: { genkit: '1.42.0', '@genkit-ai/compat-oai': '1.42.0' } },
];
/** What hosts write, by the file it is in. A line after `@ts-expect-error` is one that must not compile. */
const HOSTS = {
  'langchain.ts': `
import { type StructuredToolInterface, tool } from '@langchain/core/tools';
import { type ImageTool, langchainTool } from '@org/ai-image/tool';

export function toLangChain(imageTool: ImageTool): StructuredToolInterface {
  return langchainTool(tool, imageTool);
}
export async function call(imageTool: ImageTool): Promise<unknown> {
  const made = langchainTool(tool, imageTool);
  return made.invoke({ type: 'tool_call', id: 'call-1', name: made.name, args: { prompt: 'a fox' } });
}
// @ts-expect-error LangChain's function is missing
langchainTool({} as ImageTool);
`,
  'openai.ts': `
import { type ImageTool, toOpenAiChatTool, toOpenAiTool } from '@org/ai-image/tool';
import type OpenAI from 'openai';

export const forResponses = (tool: ImageTool): OpenAI.Responses.FunctionTool => toOpenAiTool(tool);
export const forChat = (tool: ImageTool): OpenAI.Chat.Completions.ChatCompletionTool => toOpenAiChatTool(tool);
// @ts-expect-error the one is not the other
export const wrong = (tool: ImageTool): OpenAI.Responses.FunctionTool => toOpenAiChatTool(tool);
`,
  'gemini.ts': `
import type { FunctionDeclaration } from '@google/genai';
import { type ImageTool, toGeminiTool, toOpenAiChatTool } from '@org/ai-image/tool';

export const declare = (tool: ImageTool): FunctionDeclaration => toGeminiTool(tool);
// @ts-expect-error another vendor's form
export const wrong = (tool: ImageTool): FunctionDeclaration => toOpenAiChatTool(tool);
`,
  'anthropic.ts': `
import type Anthropic from '@anthropic-ai/sdk';
import { type ImageTool, toAnthropicTool, toOpenAiTool } from '@org/ai-image/tool';

export const define = (tool: ImageTool): Anthropic.Messages.Tool => toAnthropicTool(tool);
// @ts-expect-error another vendor's form
export const wrong = (tool: ImageTool): Anthropic.Messages.Tool => toOpenAiTool(tool);
`,
} as const;

const LANGCHAIN: readonly Project[] = [
  { title: 'LangChain 1', packages: { '@langchain/core': '1.4.0' } },
  { title: 'LangChain 0.3', packages: { '@langchain/core': '0.3.80' } },
];
/** The newest and the previous major of each package whose types the tools have. */
const TYPED: readonly (Project & { readonly file: keyof typeof HOSTS })[] = [
  { title: 'openai 7', file: 'openai.ts', packages: { openai: '7.59.0' } },
  { title: 'openai 6', file: 'openai.ts', packages: { openai: '6.49.0' } },
  { title: '@google/genai 3', file: 'gemini.ts', packages: { '@google/genai': '3.3.0' } },
  { title: '@google/genai 2', file: 'gemini.ts', packages: { '@google/genai': '2.32.0' } },
  { title: '@anthropic-ai/sdk 1', file: 'anthropic.ts', packages: { '@anthropic-ai/sdk': '1.14.0' } },
  { title: '@anthropic-ai/sdk 0', file: 'anthropic.ts', packages: { '@anthropic-ai/sdk': '0.137.0' } },
];

let folder: string;
let tarball: string;
let vendor: AgentVendor;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ai-image-agents-'));
  [tarball, vendor] = await Promise.all([packPackage(folder), startAgentVendor()]);
});
afterAll(async () => {
  await vendor.close();
  await rm(folder, { recursive: true, force: true });
});

const folderOf = (title: string): string => title.replaceAll(/[^\w.]+/g, '-');

/** Installs a project with these packages and files. @throws RuntimeMissing the registry does not have them */
async function install({ title, packages }: Project, files: readonly string[]): Promise<string> {
  const source = join(folder, `${folderOf(title)}-source`);
  await mkdir(source);
  const project = { private: true, type: 'module', dependencies: packages };
  await writeFile(join(source, 'package.json'), JSON.stringify(project));
  for (const file of files) await cp(file, join(source, file.split('/').at(-1) ?? ''));
  const target = join(folder, folderOf(title));
  await installHost(source, target, tarball);
  return target;
}

const installOrSkip = (project: Project, files: readonly string[], skip: (reason: string) => never): Promise<string> =>
  install(project, files).catch((error: Error) =>
    error instanceof RuntimeMissing ? skip(error.message) : Promise.reject(error),
  );

describe('the recipe of docs/agents.md for', () => {
  it.for(RECIPES)('$title makes one image', async (recipe, { skip }) => {
    const target = await installOrSkip(recipe, [`examples/agents/${recipe.file}`], skip);
    const asked = vendor.requests.length;
    const env = {
      PATH: process.env.PATH,
      HOME: target,
      ...{ OPENAI_BASE_URL: `${vendor.url}/v1`, OPENAI_API_KEY: KEY },
      ...{ ANTHROPIC_BASE_URL: vendor.url, ANTHROPIC_API_KEY: KEY },
    };
    const { stdout } = await run(process.execPath, [recipe.file], { cwd: target, env, timeout: 120_000 });

    expect(stdout.trimEnd().split('\n').at(-1)).toBe('Here is your image.');
    expect(vendor.requests.length - asked).toBe(2);
    const files = await readdir(join(target, 'images'), { recursive: true });
    expect(files.filter((file) => file.endsWith('.png'))).toHaveLength(1);
  });
});

/** @returns what the compiler complains about */
async function compile(project: string, file: keyof typeof HOSTS): Promise<string> {
  await writeFile(join(project, file), HOSTS[file]);
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--lib', 'es2023,dom'];
  const compiled = run(process.execPath, [tsc, ...options, '--target', 'es2022', file], { cwd: project });
  return (await compiled.catch((error: { readonly stdout: string }) => error)).stdout;
}

describe('a tool of the package in', () => {
  it.for(LANGCHAIN)('$title: L15: is paid once for a repeated call, and compiles', async (project, { skip }) => {
    const target = await installOrSkip(project, ['test/heavy/children/langchain.mjs'], skip);

    expect(await runHost(target, ['langchain.mjs'], {})).toEqual({ bills: 2, images: 2, answers: 4 });
    expect(await compile(target, 'langchain.ts')).toBe('');
  });
});

describe('a tool of the package compiles as one of', () => {
  it.for(TYPED)('$title', async (project, { skip }) => {
    const target = await installOrSkip(project, [], skip);

    expect(await compile(target, project.file)).toBe('');
  });
});
