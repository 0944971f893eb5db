/** The hook and the component, in React's strict mode, in a page without a browser, against a real server. */
import { Window } from 'happy-dom';
import { type ReactNode, StrictMode, useEffect } from 'react';
import type { Root } from 'react-dom/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, type ImageClient } from '../../src/client/index.ts';
import { type ImageHandle, ImageRun, useImage } from '../../src/react/index.ts';
import { useServers as serversOfThisFile, TOKEN } from '../server/support.ts';

const start = serversOfThisFile();
const FOX = { prompt: 'a fox', size: '64x64' } as const;
const roots: Root[] = [];
let createRoot: typeof import('react-dom/client').createRoot;

beforeAll(async () => {
  const window = new Window();
  // React reads the page from the global scope. This file has modules and globals of its own.
  Object.assign(globalThis, { window, document: window.document });
  ({ createRoot } = await import('react-dom/client'));
});
afterAll(() => {
  for (const root of roots) root.unmount();
});

async function connect(): Promise<ImageClient> {
  const { url } = await start();
  return createClient({ url, token: TOKEN, reconnectMs: 1 });
}

/** Shows a node in strict mode, which runs each effect twice. */
function show(node: ReactNode): { readonly page: HTMLElement; readonly root: Root } {
  const page = document.createElement('div');
  const root = createRoot(page);
  roots.push(root);
  root.render(<StrictMode>{node}</StrictMode>);
  return { page, root };
}

const View = ({ status, images }: Pick<ImageHandle, 'status' | 'images'>) => (
  <p>{`${status} ${images.map(({ id }) => id).join(' ')}`}</p>
);

describe('useImage', () => {
  it('generates when the page says so, and shows each state', async () => {
    const client = await connect();
    let handle: ImageHandle | undefined;
    const seen = new Set<string>();
    let mounts = 0;
    const Page = () => {
      handle = useImage(client);
      useEffect(() => {
        mounts += 1;
      }, []);
      seen.add(handle.status);
      return <View {...handle} />;
    };
    const { page } = show(<Page />);
    await expect.poll(() => page.textContent).toBe('idle ');
    // Strict mode removes the component and adds it again, before a person can click.
    await expect.poll(() => mounts).toBe(2);
    await handle?.start(FOX);
    await expect.poll(() => page.textContent).toMatch(/^done [\w-]{8,}$/);
    expect([...seen]).toEqual(expect.arrayContaining(['idle', 'starting', 'done']));
  });

  it('shows a run that was started before', async () => {
    const client = await connect();
    const { run } = await client.generate(FOX);
    const Page = () => <View {...useImage(client, { runId: run.id })} />;
    const { page } = show(<Page />);
    await expect.poll(() => page.textContent).toBe(`done ${run.artifacts.join(' ')}`);
  });
});

describe('ImageRun', () => {
  it('starts the request of its key once, also in strict mode and when it appears again', async () => {
    const client = await connect();
    const run = () => (
      <ImageRun client={client} request={{ ...FOX }} runKey="header-1">
        {View}
      </ImageRun>
    );
    const { page, root } = show(run());
    await expect.poll(() => page.textContent).toMatch(/^done [\w-]{8,}$/);
    root.render(<StrictMode>{run()}</StrictMode>);
    const again = show(run()).page;
    await expect.poll(() => again.textContent).toBe(page.textContent);
    expect((await client.searchImages({})).images).toHaveLength(1);
  });

  it('starts again when the key changes, and not when only the object of the request does', async () => {
    const client = await connect();
    const run = (runKey: string) => (
      <ImageRun client={client} request={{ ...FOX }} runKey={runKey}>
        {View}
      </ImageRun>
    );
    const { page, root } = show(run('one'));
    await expect.poll(() => page.textContent).toMatch(/^done /);
    const first = page.textContent;
    root.render(<StrictMode>{run('one')}</StrictMode>);
    root.render(<StrictMode>{run('two')}</StrictMode>);
    await expect.poll(() => page.textContent).toMatch(/^done /);
    await expect.poll(() => page.textContent).not.toBe(first);
    await expect.poll(async () => (await client.searchImages({})).images.length).toBe(2);
  });

  it('starts nothing without a key', async () => {
    const client = await connect();
    const { page } = show(
      <ImageRun client={client} request={FOX}>
        {View}
      </ImageRun>,
    );
    await expect.poll(() => page.textContent).toBe('idle ');
    expect((await client.listRuns()).runs).toEqual([]);
  });
});
