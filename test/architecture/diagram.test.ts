import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ARCHITECTURE, allowedImports } from '../../src/governance/architecture.ts';
import { renderDiagram, withDiagram } from '../../src/governance/diagram.ts';
import { root } from './support/tree.ts';

const path = `${root}docs/architecture.md`;

describe('the module diagram', () => {
  it('in docs/architecture.md matches contracts/architecture.json', async () => {
    const page = await readFile(path, 'utf8');
    const updated = withDiagram(page, renderDiagram(ARCHITECTURE));
    if (process.env.UPDATE_CONTRACT === '1') await writeFile(path, updated);
    else expect(page, 'Update it: UPDATE_CONTRACT=1 npx vitest run test/architecture/diagram.test.ts').toBe(updated);
  });

  it('shows every module and every allowed import', () => {
    const diagram = renderDiagram(ARCHITECTURE);
    for (const module of ARCHITECTURE.modules) {
      expect(diagram).toContain(`  ${module.name}["`);
      if ('allBut' in module.mayImport) continue;
      for (const other of allowedImports(ARCHITECTURE, module))
        expect(diagram).toContain(`  ${module.name} --> ${other}`);
      for (const other of module.mayImportTypes ?? []) expect(diagram).toContain(`  ${module.name} -.-> ${other}`);
    }
  });

  it('changes with an allowed import, so that an outdated page is noticed', async () => {
    const page = await readFile(path, 'utf8');
    const modules = ARCHITECTURE.modules.map((module) =>
      module.name === 'store' ? { ...module, mayImport: ['config'] } : module,
    );
    expect(withDiagram(page, renderDiagram({ ...ARCHITECTURE, modules }))).not.toBe(page);
  });

  it('needs its two markers', () => {
    expect(() => withDiagram('# No markers', 'flowchart TD')).toThrow(/needs the lines/);
  });
});
