export type { AiSource, Mark, ProvenanceFacts } from './facts.ts';
export { AI_SOURCES } from './facts.ts';
export type { MarkResult } from './mark-image.ts';
export { markImage } from './mark-image.ts';
export type { ManifestPresence, MarkReading } from './read-mark.ts';
export { readMark } from './read-mark.ts';
