/** Reads the properties of an XMP packet, in all forms that RDF allows. Source: XMP Specification, part 1, section 7 (RDF). */
import { type PropertyName, RDF, XML } from './names.ts';
import { readXml } from './xml.ts';
import type { XmlElement } from './xml-tag.ts';

/** A property of the image: an attribute of a description, or an element in it. */
export interface Property {
  readonly name: PropertyName;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** An `rdf:Description`, with its position in the text. */
export interface Description {
  /** The resource that it describes; empty for the file itself. */
  readonly about: string;
  readonly properties: readonly Property[];
  readonly start: number;
  readonly end: number;
}

export interface PacketContent {
  readonly descriptions: readonly Description[];
  /** The position for another description; `undefined` when the RDF element is empty. */
  readonly insertAt: number | undefined;
}

const RDF_ROOT: PropertyName = `${RDF} RDF`;
const DESCRIPTION: PropertyName = `${RDF} Description`;
const ABOUT: readonly string[] = [`${RDF} about`, ' about'];

/** @returns the content, or what is wrong, as a phrase whose subject is the packet */
export function readProperties(text: string): PacketContent | string {
  const root = readXml(text);
  if (typeof root === 'string') return root;
  const candidates = root.name === RDF_ROOT ? [root] : root.children.filter(({ name }) => name === RDF_ROOT);
  const [rdf] = candidates;
  if (!rdf || candidates.length > 1) return `has ${candidates.length} rdf:RDF elements instead of one`;
  if (rdf.children.some(({ name }) => name !== DESCRIPTION)) return 'has other elements than descriptions in its RDF';
  return { descriptions: rdf.children.map(toDescription), insertAt: rdf.contentEnd };
}

function toDescription({ attributes, children, start, end }: XmlElement): Description {
  const properties = [
    ...attributes.filter(({ name }) => isProperty(name)),
    ...children.map((child) => ({ name: child.name, value: textOf(child), start: child.start, end: child.end })),
  ];
  return { about: attributes.find(({ name }) => ABOUT.includes(name))?.value ?? '', properties, start, end };
}

function isProperty(name: PropertyName): boolean {
  return !name.startsWith(' ') && !name.startsWith(`${RDF} `) && !name.startsWith(`${XML} `);
}

/** Returns a text, a link, the first item of a list, or a value with qualifiers. Deeper structures read as empty. */
function textOf(element: XmlElement): string {
  const link = element.attributes.find(({ name }) => name === `${RDF} resource`);
  if (link) return link.value;
  const [child] = element.children;
  if (!child) return element.text;
  if (child.name === `${RDF} value` || child.name === `${RDF} li`) return child.text;
  const [item] = child.children;
  return item?.name === `${RDF} li` || item?.name === `${RDF} value` ? item.text : '';
}
