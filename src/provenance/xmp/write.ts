/** Writes the mark into a new XMP packet, or into an existing one. */
import { isAiSource, type ProvenanceFacts, SOURCE_TYPE_BASE } from '../facts.ts';
import { escapeXml } from './escape.ts';
import { OURS, OWN, PREFIXES, type PropertyName, RDF, REMOTE_MANIFEST, STANDARD } from './names.ts';
import { type Description, type Property, readProperties } from './properties.ts';
import { decodePacket, toTerm } from './read.ts';

export type WrittenPacket =
  | { readonly kind: 'written'; readonly packet: Uint8Array; readonly note?: string }
  | { readonly kind: 'refused'; readonly why: string };

/** The wrapper by which tools find a packet in any file (XMP Specification, part 1, section 7.3). */
const EMPTY_PACKET =
  '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>' +
  `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="${RDF}"></rdf:RDF></x:xmpmeta>` +
  '<?xpacket end="w"?>';

/**
 * Writes the facts into a packet. The content of an existing packet stays, byte for byte, except an earlier mark of this library, which is
 * replaced. XMP allows each property once, so properties that the packet has already are not written. A packet with a digital source type of
 * another tool is refused: that tool made the image, or knows more about it.
 * @param existing the packet of the file, if it has one
 */
export function writePacket(facts: ProvenanceFacts, existing?: Uint8Array): WrittenPacket {
  const decoded = existing ? decodePacket(existing) : { text: EMPTY_PACKET };
  if (typeof decoded === 'string') return refused(`its XMP packet ${decoded}`);
  const { text } = decoded;
  const content = readProperties(text);
  if (typeof content === 'string') return refused(`its XMP packet ${content}`);
  const { descriptions, insertAt } = content;
  if (insertAt === undefined) return refused('its XMP packet has an empty RDF element');

  const parts = descriptions.map(toParts);
  const cuts = parts.flatMap((part) => part.cuts);
  const kept = parts.flatMap((part) => part.kept);
  if (kept.some(({ name }) => name === REMOTE_MANIFEST)) {
    return refused('it has the address of a C2PA manifest, whose hash a change would break');
  }
  const source = kept.find(({ name }) => name === STANDARD.digitalSource);
  const term = source && toTerm(source.value);
  // When the packet has properties of this library, the source type is ours too, moved by another tool.
  const isOurs = cuts.length > 0;
  if (term !== undefined && !(isOurs && isAiSource(term))) {
    return refused(`it already has the digital source type "${term}"`);
  }
  const about = descriptions.find((description) => description.about !== '')?.about ?? '';
  const taken = new Set(kept.map(({ name }) => name));
  const packet = splice(text, cuts, insertAt, descriptionOf(facts, about, taken));
  const note = `Its existing digital source type, "${term}", was not changed.`;
  return {
    kind: 'written',
    packet: new TextEncoder().encode(packet),
    ...(term !== undefined && term !== facts.digitalSource && { note }),
  };
}

const refused = (why: string): WrittenPacket => ({ kind: 'refused', why });

interface Range {
  readonly start: number;
  readonly end: number;
}

const WRITTEN = new Set<string>([...Object.values(STANDARD), ...Object.values(OWN)]);
const isOwn = ({ name }: Property) => name.startsWith(`${OURS} `);

/**
 * Decides what to remove. A description that contains only a mark of this library is removed entirely. When another tool moved our properties
 * into its own description, only those in our namespace are removed, because nothing shows who wrote the standard ones.
 */
function toParts({ properties, start, end }: Description): { cuts: readonly Range[]; kept: readonly Property[] } {
  const own = properties.filter(isOwn);
  const isOnlyOurs = own.length > 0 && properties.every(({ name }) => WRITTEN.has(name));
  if (isOnlyOurs) return { cuts: [{ start, end }], kept: [] };
  return { cuts: own, kept: properties.filter((property) => !isOwn(property)) };
}

function splice(text: string, cuts: readonly Range[], insertAt: number, inserted: string): string {
  let result = '';
  let at = 0;
  for (const { start, end } of [...cuts].sort((a, b) => a.start - b.start)) {
    result += text.slice(at, start);
    at = end;
  }
  return result + text.slice(at, insertAt) + inserted + text.slice(insertAt);
}

function descriptionOf(facts: ProvenanceFacts, about: string, taken: ReadonlySet<string>): string {
  const { digitalSource, provider, model, promptHash, prompt, software, createdAt } = facts;
  const values: readonly (readonly [PropertyName, string | undefined])[] = [
    [STANDARD.digitalSource, SOURCE_TYPE_BASE + digitalSource],
    [STANDARD.system, `${provider} ${model}`],
    [STANDARD.prompt, prompt],
    [STANDARD.software, software],
    [STANDARD.createdAt, createdAt],
    [STANDARD.credit, 'Made with AI'],
    [OWN.digitalSource, digitalSource],
    [OWN.provider, provider],
    [OWN.model, model],
    [OWN.promptHash, promptHash],
    [OWN.prompt, taken.has(STANDARD.prompt) ? prompt : undefined],
    [OWN.software, software],
    [OWN.createdAt, createdAt],
  ];
  const declared = Object.entries({ rdf: RDF, ...PREFIXES }).map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`);
  const elements = values.map(([name, value]) => {
    if (value === undefined || taken.has(name)) return '';
    const tag = toTag(name);
    return `<${tag}>${escapeXml(value)}</${tag}>`;
  });
  return `<rdf:Description${declared.join('')} rdf:about="${escapeXml(about)}">${elements.join('')}</rdf:Description>`;
}

function toTag(name: PropertyName): string {
  const [uri, local] = name.split(' ');
  const prefix = Object.entries(PREFIXES).find(([, each]) => each === uri)?.[0];
  return `${prefix}:${local}`;
}
