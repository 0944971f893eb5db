/** The XMP properties that this library reads and writes. Sources: XMP Specification, part 1 (Adobe, 2012); IPTC Photo Metadata Standard 2025.1. */

export const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
export const XML = 'http://www.w3.org/XML/1998/namespace';
export const DUBLIN_CORE_TERMS = 'http://purl.org/dc/terms/';

/** The namespace of this library. It is not an address on the web. */
export const OURS = 'urn:ai-image:provenance:1#';

export const PREFIXES = {
  Iptc4xmpExt: 'http://iptc.org/std/Iptc4xmpExt/2008-02-29/',
  xmp: 'http://ns.adobe.com/xap/1.0/',
  photoshop: 'http://ns.adobe.com/photoshop/1.0/',
  aiImage: OURS,
} as const;

/** A property as one string: namespace, space, name. */
export type PropertyName = `${string} ${string}`;

const named =
  (prefix: keyof typeof PREFIXES) =>
  (name: string): PropertyName =>
    `${PREFIXES[prefix]} ${name}`;
const iptc = named('Iptc4xmpExt');
const xmp = named('xmp');
const ours = named('aiImage');

/** Standard properties, which other tools read and write too. */
export const STANDARD = {
  digitalSource: iptc('DigitalSourceType'),
  system: iptc('AISystemUsed'),
  prompt: iptc('AIPromptInformation'),
  software: xmp('CreatorTool'),
  createdAt: xmp('CreateDate'),
  credit: named('photoshop')('Credit'),
} as const;

/** Properties of this library. They repeat values of standard properties, because a vendor may have set those already. */
export const OWN = {
  digitalSource: ours('digitalSource'),
  provider: ours('provider'),
  model: ours('model'),
  promptHash: ours('promptHash'),
  prompt: ours('prompt'),
  software: ours('software'),
  createdAt: ours('createdAt'),
} as const;

/** The address of a manifest outside the file, which contains a hash of the file (C2PA, "External manifests"). */
export const REMOTE_MANIFEST: PropertyName = `${DUBLIN_CORE_TERMS} provenance`;
