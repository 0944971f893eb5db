/** Generates the module diagram in docs/architecture.md. */
import type { Architecture, ArchitectureModule } from './architecture.ts';

const START = '<!-- modules: generated from contracts/architecture.json, do not edit -->';
const END = '<!-- /modules -->';

/** Renders the modules and their allowed imports in Mermaid. Dotted arrow: types only. Dashed border: no files yet. */
export function renderDiagram(architecture: Architecture): string {
  const { modules } = architecture;
  return [
    'flowchart TD',
    ...modules.map(
      (module) => `  ${module.name}["<b>${module.path.replace('<id>', '‹id›')}</b><br/>${label(module)}"]`,
    ),
    ...modules.flatMap(edges),
    ...modules.filter(({ planned }) => planned).map(({ name }) => `  style ${name} stroke-dasharray: 4 4`),
  ].join('\n');
}

/**
 * Replaces the diagram between the markers of a Markdown page.
 * @throws Error if a marker is missing
 */
export function withDiagram(page: string, diagram: string): string {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start < 0 || end < start) throw new Error(`diagram: the page needs the lines "${START}" and "${END}".`);
  return `${page.slice(0, start + START.length)}\n\n\`\`\`mermaid\n${diagram}\n\`\`\`\n\n${page.slice(end)}`;
}

/** A module that may import nearly everything gets a text instead of arrows, which would hide the others. */
function label({ about, mayImport, planned }: ArchitectureModule): string {
  const imports = 'allBut' in mayImport ? `<br/><i>imports all except ${mayImport.allBut.join(', ')}</i>` : '';
  return `${about}${imports}${planned ? '<br/><i>planned, no files yet</i>' : ''}`;
}

function edges({ name, mayImport, mayImportTypes = [] }: ArchitectureModule): string[] {
  const values = 'allBut' in mayImport ? [] : mayImport;
  return [
    ...values.map((other) => `  ${name} --> ${other}`),
    ...mayImportTypes.map((other) => `  ${name} -.-> ${other}`),
  ];
}
