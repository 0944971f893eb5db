/** The rooms as a picture for the docs. */
import type { Architecture, ArchitectureModule } from './architecture.ts';

const START = '<!-- rooms: drawn from contracts/architecture.json, do not edit -->';
const END = '<!-- /rooms -->';

/** Draws the rooms and their arrows in Mermaid's notation. Dotted: types only. Dashed border: no files yet. */
export function renderDiagram(architecture: Architecture): string {
  const { rooms } = architecture;
  return [
    'flowchart TD',
    ...rooms.map((room) => `  ${room.name}["<b>${room.path.replace('<id>', '‹id›')}</b><br/>${saying(room)}"]`),
    ...rooms.flatMap(arrows),
    ...rooms.filter(({ planned }) => planned).map(({ name }) => `  style ${name} stroke-dasharray: 4 4`),
  ].join('\n');
}

/** Puts the picture between the markers of a Markdown page.
 * @throws Error when a marker is missing */
export function withDiagram(page: string, picture: string): string {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start < 0 || end < start) throw new Error(`picture: the page needs the lines "${START}" and "${END}".`);
  return `${page.slice(0, start + START.length)}\n\n\`\`\`mermaid\n${picture}\n\`\`\`\n\n${page.slice(end)}`;
}

/** Arrows of a room that may import nearly everything would hide the others: its box says it in words. */
function saying({ says, mayImport }: ArchitectureModule): string {
  return 'allBut' in mayImport ? `${says}<br/><i>imports all but ${mayImport.allBut.join(', ')}</i>` : says;
}

function arrows({ name, mayImport, mayImportTypes = [] }: ArchitectureModule): string[] {
  const values = 'allBut' in mayImport ? [] : mayImport;
  return [
    ...values.map((other) => `  ${name} --> ${other}`),
    ...mayImportTypes.map((other) => `  ${name} -.-> ${other}`),
  ];
}
