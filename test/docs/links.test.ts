/** Every relative link on a page leads to a file, and its anchor to a heading. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const LINK = /\]\(([^()\s:]+)\)/g;

/** The anchors of a page's headings, spelled as GitHub spells them. */
const anchorsOf = (text: string): readonly string[] =>
  [...text.replace(/```[\s\S]*?```/g, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** @returns links that lead nowhere */
async function brokenLinks(page: string, text: string): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const [, link = ''] of text.replace(/```[\s\S]*?```/g, '').matchAll(LINK)) {
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : join(dirname(page), path);
    const isThere = existsSync(target);
    const hasAnchor = anchor === undefined || (isThere && anchorsOf(await readFile(target, 'utf8')).includes(anchor));
    if (!isThere || !hasAnchor) broken.push(`${page}: ${link}`);
  }
  return broken;
}

const pagesIn = async (folder: string) =>
  (await readdir(folder)).filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name}`);
const pages = ['README.md', ...(await pagesIn('docs')), ...(await pagesIn('docs/providers'))];

describe('links', () => {
  it.each(pages)('of %s lead to files and headings', async (page) => {
    expect(await brokenLinks(page, await readFile(page, 'utf8'))).toEqual([]);
  });

  it('are found when they lead nowhere', async () => {
    const text = '[a](docs/cli.md) [b](docs/gone.md) [c](docs/cli.md#gone)';
    expect(await brokenLinks('README.md', text)).toEqual(['README.md: docs/gone.md', 'README.md: docs/cli.md#gone']);
  });

  it('reach every page from another one', async () => {
    const texts = await Promise.all(pages.map(async (page) => ({ page, text: await readFile(page, 'utf8') })));
    const isLinked = (page: string) =>
      texts.some((other) => other.page !== page && other.text.includes(basename(page)));
    expect(pages.filter((page) => !isLinked(page))).toEqual([]);
  });
});
