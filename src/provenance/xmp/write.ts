/** Our description: put into a packet of its own, or into one that is there already. */
import { isAiSource, type ProvenanceFacts, SOURCE_TYPE_BASE } from '../facts.ts';
import { escapeXml } from './escape.ts';
import { OURS, OWN, PREFIXES, type PropertyName, RDF, REMOTE_MANIFEST, STANDARD } from './names.ts';
import { type Description, type Property, readProperties } from './properties.ts';
import { decodePacket, toTerm } from './read.ts';

export type WrittenPacket =
  | { readonly kind: 'written'; readonly packet: Uint8Array; readonly note?: string }
  | { readonly kind: 'refused'; readonly why: string };

/** The wrapper that lets tools find a packet in any file (XMP Specification, part 1, section 7.3). */
const EMPTY_PACKET =
  '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>' +
  `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="${RDF}"></rdf:RDF></x:xmpmeta>` +
  '<?xpacket end="w"?>';

/**
 * Puts the facts into a packet. What is in the packet stays, byte for byte, but for a mark of ours, which is replaced. XMP
 * allows a property once: what the packet's writer has said already is not said again. A packet that says the digital source type
 * in words of another writer is left alone: that writer made the image, or knows more of it.
 * @param existing the packet of the file, if it has one
 */
export function writePacket(facts: ProvenanceFacts, existing?: Uint8Array): WrittenPacket {
  const decoded = existing ? decodePacket(existing) : { text: EMPTY_PACKET };
  if (typeof decoded === 'string') return refused(`the XMP packet that it holds ${decoded}`);
  const { text } = decoded;
  const content = readProperties(text);
  if (typeof content === 'string') return refused(`the XMP packet that it holds ${content}`);
  const { descriptions, insertAt } = content;
  if (insertAt === undefined) return refused('the XMP packet that it holds has an empty RDF');

  const parts = descriptions.map(toParts);
  const cuts = parts.flatMap((part) => part.cuts);
  const kept = parts.flatMap((part) => part.kept);
  if (kept.some(({ name }) => name === REMOTE_MANIFEST)) {
    return refused('it names a C2PA manifest kept elsewhere, whose hash a change would break');
  }
  const source = kept.find(({ name }) => name === STANDARD.digitalSource);
  const term = source && toTerm(source.value);
  // With properties of ours in the packet it is our own, moved by another tool.
  const isOurs = cuts.length > 0;
  if (term !== undefined && !(isOurs && isAiSource(term))) {
    return refused(`it says its digital source type already: "${term}"`);
  }
  const about = descriptions.find((description) => description.about !== '')?.about ?? '';
  const taken = new Set(kept.map(({ name }) => name));
  const packet = splice(text, cuts, insertAt, descriptionOf(facts, about, taken));
  const note = `Its own digital source type, "${term}", stays.`;
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
 * A description that holds a mark of ours and nothing else goes as a whole. Where another tool has moved our properties among
 * others, only those of our own namespace go: who wrote the standard ones is not to be told any more.
 */
function toParts({ properties, start, end }: Description): { cuts: readonly Range[]; kept: readonly Property[] } {
  const own = properties.filter(isOwn);
  const isWholeOurs = own.length > 0 && properties.every(({ name }) => WRITTEN.has(name));
  if (isWholeOurs) return { cuts: [{ start, end }], kept: [] };
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
