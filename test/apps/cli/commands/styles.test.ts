import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STYLES } from '../../../../src/manager/prompt/styles.ts';
import { imagen, temporaryFolder } from '../support.ts';

const CONFIG = `
styles:
  house: flat shapes, two colours
  ink:
    prompt: our own ink
    negative_prompt: pencil
`;

async function styles(args: readonly string[], config = CONFIG) {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'imagen.yaml'), config, { mode: 0o600 });
  return await imagen(['styles', ...args, '--config', 'imagen.yaml'], { cwd: folder.path });
}

describe('imagen styles', () => {
  it('lists built-in and configured styles; configured ones come first', async () => {
    const { exit, stdout, stderr } = await styles([]);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(rows).toHaveLength(Object.keys(STYLES).length + 1);
    expect(rows).toContainEqual(['house', 'configuration', 'flat shapes, two colours']);
    expect(rows).toContainEqual(['ink', 'configuration', 'our own ink']);
    expect(rows).toContainEqual(['oil', 'built in', STYLES.oil?.prompt]);
    expect((await styles(['list'])).stdout).toBe(stdout);
  });

  it('filters by words', async () => {
    const { stdout } = await styles(['--json', 'vector']);
    expect(JSON.parse(stdout).styles).toEqual([{ name: 'flat', from: 'built in', ...STYLES.flat }]);
  });

  it('show: prints the complete style', async () => {
    const { stdout } = await styles(['show', 'ink']);
    expect(stdout).toBe('style   ink\nfrom    configuration\nadds    our own ink\navoids  pencil\n');
    expect(JSON.parse((await styles(['show', 'oil', '--json'])).stdout)).toEqual({
      name: 'oil',
      from: 'built in',
      ...STYLES.oil,
    });
  });

  it('--provider: lists the vendor’s own styles by model', async () => {
    const { stdout } = await styles(['--provider', 'recraft', '--json']);
    const { styles: found } = JSON.parse(stdout);
    expect(found).toContainEqual({ name: 'digital_illustration', provider: 'recraft', model: 'recraftv3' });
    const of = await styles(['--model', 'recraftv3', 'vector']);
    expect(of.stdout.split('\n')[0]).toMatch(/^vector_illustration {2}recraft {2}recraftv3$/);
    const none = await styles(['--provider', 'bfl']);
    expect(none).toMatchObject({ exit: 0, stdout: '' });
    expect(none.stderr).toContain('bfl has no styles of its own');
  });

  it('suggests a name when no style is found', async () => {
    const { exit, stdout, stderr } = await styles(['wodcut']);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
    expect(stderr).toContain('Did you mean woodcut?');
    expect((await styles(['shw'])).stderr).toContain('Did you mean show?');
  });

  it.each([
    [['show', 'wodcut'], 'Did you mean woodcut?'],
    [['show'], "missing required argument 'name'"],
    [['--provider', 'recaft'], 'Did you mean recraft?'],
    [['--provider', 'recraft', '--model', 'recraftv33'], 'Did you mean recraftv3?'],
  ])('%j is refused', async (args, message) => {
    const { exit, stdout, stderr } = await styles(args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
