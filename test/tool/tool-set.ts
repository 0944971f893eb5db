/** A set of tools with the stub, over a store in a temporary folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createImageManager, StubProvider } from '../../src/index.ts';
import type { Profile } from '../../src/manager/index.ts';
import { createStore } from '../../src/store/index.ts';
import { createImageTools, type ImageTool, type ImageTools, type ImageToolsSettings } from '../../src/tool/index.ts';

export interface TestTools extends ImageTools {
  readonly tool: (name: string) => ImageTool;
  /** How many calls the provider was asked for: each one is a bill. */
  readonly bills: () => number;
  /** The id of the image that was stored last. */
  readonly lastId: () => Promise<string | undefined>;
  readonly remove: () => Promise<void>;
}

export interface TestToolSettings extends Omit<Partial<ImageToolsSettings>, 'maxImages'> {
  readonly maxImages?: number | undefined;
  /** Of the manager. */
  readonly profiles?: Readonly<Record<string, Profile>>;
}

export async function createTestTools({
  profiles = {},
  maxImages,
  ...settings
}: TestToolSettings = {}): Promise<TestTools> {
  const stub = new StubProvider();
  const directory = await mkdtemp(join(tmpdir(), 'ai-image-tool-'));
  const store = createStore({ directory, marks: 'none' });
  const manager = createImageManager({ providers: { stub }, store, profiles });
  const tools = createImageTools({ manager, store, ...settings, ...(maxImages !== undefined && { maxImages }) });
  return {
    ...tools,
    tool(name) {
      const found = tools.tools.find((each) => each.name === name);
      if (found === undefined) throw new Error(`there is no tool ${name}`);
      return found;
    },
    bills: () => stub.calls.filter(({ method }) => PAID.includes(method)).length,
    lastId: async () => (await store.search({ limit: 1 }))[0]?.id,
    async remove() {
      await tools.close();
      await manager.close();
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const PAID = ['generateImage', 'generate', 'edit', 'submit', 'stream'];
