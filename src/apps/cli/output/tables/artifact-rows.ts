/** Shows everything that the store knows about an image. */
import type { Artifact, Lineage } from '../../../../store/index.ts';
import { toCommandText } from '../errors/to-command-text.ts';
import { alignColumns, dollars } from './align-columns.ts';

/** @returns one line for each fact; the prompt is not shortened */
export function artifactRows(artifact: Artifact, { ancestors, descendants }: Lineage): readonly string[] {
  const { promptUsed, promptHash, promptLength, revisedPrompt, request, applied, cost, timing, usage, job } = artifact;
  const { prompt: originalPrompt, ...fields } = request;
  const rows: readonly (readonly [name: string, value: string | undefined])[] = [
    ['path', artifact.path],
    ['id', artifact.id],
    ['created', `${artifact.createdAt} by ${artifact.provider}, ${artifact.model}`],
    ['prompt', promptUsed ?? `only its hash is stored: ${promptHash} (${promptLength} characters)`],
    ['requested', typeof originalPrompt === 'string' && originalPrompt !== promptUsed ? originalPrompt : undefined],
    ['revised', revisedPrompt],
    ['image', `${artifact.width}x${artifact.height} ${artifact.format}, ${artifact.bytes} bytes`],
    ['number', `${artifact.index + 1} of its call`],
    ['seed', artifact.seed === undefined ? undefined : String(artifact.seed)],
    ['request', fieldsText(fields)],
    ['applied', fieldsText(applied)],
    ['cost', cost.usd === undefined ? 'unknown' : `${dollars(cost.usd)} (${cost.basis})`],
    ['took', `${(timing.durationMs / 1000).toFixed(1)} s`],
    ['usage', usage && fieldsText(usage)],
    ['selection', artifact.selection ?? 'none'],
    ['tags', artifact.tags.join(', ')],
    ['mark', markText(artifact.mark)],
    ['job', job && `${job.id} at ${job.provider}`],
    ['request id', artifact.requestId],
    ['made from', ancestors.join(', ')],
    ['used for', descendants.join(', ')],
    ['sha256', artifact.sha256],
    ['as received', artifact.receivedSha256 === artifact.sha256 ? undefined : artifact.receivedSha256],
    ['software', artifact.library],
  ];
  const known = rows.filter((row): row is readonly [string, string] => row[1] !== undefined && row[1] !== '');
  const notes = artifact.warnings.map((warning): readonly [string, string] => ['note', toCommandText(warning)]);
  return alignColumns([...known, ...notes], Number.POSITIVE_INFINITY);
}

function markText({ place, why, isSigned }: Artifact['mark']): string {
  const where = {
    image: '"made by AI" in the image file',
    sidecar: '"made by AI" in the sidecar only',
    none: 'none',
  }[place];
  return `${where}${isSigned ? ', signed' : ''}${why === undefined ? '' : ` (${why})`}`;
}

/** Formats fields as `size 64x64, n 2`. Values other than texts are JSON. */
function fieldsText(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
