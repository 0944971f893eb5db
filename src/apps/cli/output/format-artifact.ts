/** Everything that is known of a kept picture, in words. */
import type { Artifact, Lineage } from '../../../store/index.ts';
import { columns, dollars } from './table.ts';

/** One line for each thing that is known; the prompt whole, since one picture was asked for. */
export function describePicture(artifact: Artifact, { ancestors, descendants }: Lineage): readonly string[] {
  const { promptUsed, promptHash, promptLength, revisedPrompt, request, applied, cost, timing, usage, job } = artifact;
  const { prompt: asked, ...fields } = request;
  const rows: readonly (readonly [name: string, value: string | undefined])[] = [
    ['path', artifact.path],
    ['id', artifact.id],
    ['made', `${artifact.createdAt} by ${artifact.provider}, ${artifact.model}`],
    ['prompt', promptUsed ?? `only its hash was kept: ${promptHash} (${promptLength} characters)`],
    ['asked', typeof asked === 'string' && asked !== promptUsed ? asked : undefined],
    ['revised', revisedPrompt],
    ['picture', `${artifact.width}x${artifact.height} ${artifact.format}, ${artifact.bytes} bytes`],
    ['number', `${artifact.index + 1} of its call`],
    ['seed', artifact.seed === undefined ? undefined : String(artifact.seed)],
    ['request', fieldsOf(fields)],
    ['applied', fieldsOf(applied)],
    ['cost', cost.usd === undefined ? 'unknown' : `${dollars(cost.usd)} (${cost.basis})`],
    ['took', `${(timing.durationMs / 1000).toFixed(1)} s`],
    ['usage', usage && fieldsOf(usage)],
    ['selection', artifact.selection ?? 'none'],
    ['tags', artifact.tags.join(', ')],
    ['mark', markWords(artifact.mark)],
    ['job', job && `${job.id} at ${job.provider}`],
    ['request id', artifact.requestId],
    ['made from', ancestors.join(', ')],
    ['made of it', descendants.join(', ')],
    ['sha256', artifact.sha256],
    ['as received', artifact.receivedSha256 === artifact.sha256 ? undefined : artifact.receivedSha256],
    ['software', artifact.library],
  ];
  const known = rows.filter((row): row is readonly [string, string] => row[1] !== undefined && row[1] !== '');
  const notes = artifact.warnings.map((warning): readonly [string, string] => ['note', warning]);
  return columns([...known, ...notes], Number.POSITIVE_INFINITY);
}

function markWords({ place, why, isSigned }: Artifact['mark']): string {
  const where = {
    image: 'in the picture: it says that a model made it',
    sidecar: 'in the sidecar alone: it says that a model made it',
    none: 'nowhere',
  }[place];
  return `${where}${isSigned ? ', signed' : ''}${why === undefined ? '' : ` (${why})`}`;
}

/** `size 64x64, n 2`: texts as they are, everything else as JSON. */
function fieldsOf(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
