import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ARCHITECTURE, importable } from '../../src/governance/architecture.ts';
import { renderDiagram, withDiagram } from '../../src/governance/picture.ts';
import { root } from './support/tree.ts';

const path = `${root}docs/architecture.md`;

describe('the picture of the rooms', () => {
  it('in docs/architecture.md is the one that contracts/architecture.json gives', async () => {
    const page = await readFile(path, 'utf8');
    const drawn = withDiagram(page, renderDiagram(ARCHITECTURE));
    if (process.env.UPDATE_CONTRACT === '1') await writeFile(path, drawn);
    else expect(page, 'Redraw: UPDATE_CONTRACT=1 npx vitest run test/architecture/picture.test.ts').toBe(drawn);
  });

  it('shows every room and every arrow', () => {
    const picture = renderDiagram(ARCHITECTURE);
    for (const room of ARCHITECTURE.rooms) {
      expect(picture).toContain(`  ${room.name}["`);
      if ('allBut' in room.mayImport) continue;
      for (const other of importable(ARCHITECTURE, room)) expect(picture).toContain(`  ${room.name} --> ${other}`);
      for (const other of room.mayImportTypes ?? []) expect(picture).toContain(`  ${room.name} -.-> ${other}`);
    }
  });

  it('changes with an arrow, so that a stale page is noticed', async () => {
    const page = await readFile(path, 'utf8');
    const rooms = ARCHITECTURE.rooms.map((room) => (room.name === 'store' ? { ...room, mayImport: ['config'] } : room));
    expect(withDiagram(page, renderDiagram({ ...ARCHITECTURE, rooms }))).not.toBe(page);
  });

  it('needs its two markers', () => {
    expect(() => withDiagram('# No markers', 'flowchart TD')).toThrow(/needs the lines/);
  });
});
