/** Describes marks, manifests and hashes in sentences for a person. */
import type { Mark } from './facts.ts';
import { toPlainText } from './plain-text.ts';
import type { Provenance, SidecarFacts } from './provenance.ts';
import type { MarkReading } from './read-mark.ts';

export function describeMark({ mark, why }: MarkReading): readonly string[] {
  const reason = why ? [toPlainText(why)] : [];
  if (!mark) return ['No mark: the file does not say how the image was made.', ...reason];
  const { provider, model, system, software, createdAt, promptHash, prompt, credit } = mark;
  const maker = provider && model ? `Provider ${provider}, model ${model}.` : system && `AI system: ${system}.`;
  return [
    sourceLine(mark),
    ...lines(maker, software && `Written by: ${software}.`, createdAt && `Made at: ${createdAt}.`),
    ...lines(credit && `Credit: ${credit}.`),
    ...lines(prompt ? `Prompt: ${prompt}` : promptHash && `Hash of the prompt: ${promptHash}.`),
    'A mark is a claim: anyone can add or remove one.',
    ...reason,
  ];
}

function sourceLine({ digitalSource, isMadeByAi }: Mark): string {
  if (digitalSource === undefined) return 'Mark: the file names an AI system but gives no digital source type.';
  const term = toPlainText(digitalSource, 80);
  if (!isMadeByAi) return `Mark: the file gives "${term}" as its digital source type.`;
  const share = digitalSource === 'trainedAlgorithmicMedia' ? '' : 'partly ';
  return `Mark: the image is ${share}made by AI (${term}).`;
}

export function describeManifest(manifest: Provenance['manifest']): readonly string[] {
  switch (manifest.kind) {
    case 'absent':
      return ['No C2PA manifest.'];
    case 'elsewhere':
      return ['C2PA manifest: stored at another address. It was not fetched, so it was not checked.'];
    case 'unreadable':
      return [toPlainText(`C2PA manifest: unreadable. ${manifest.why}`)];
    case 'unchecked':
      return [toPlainText(`C2PA manifest: not checked. ${manifest.why}`)];
    case 'found': {
      const { isValid, isTrusted, signer = 'unknown', signedAt, software, digitalSource } = manifest;
      const verdict = isTrusted ? 'valid and trusted' : isValid ? 'valid, not trusted' : 'NOT VALID';
      const name = isTrusted ? `Signed by: ${signer}.` : `Signed by: ${signer} (not verified).`;
      return [
        `C2PA manifest: ${verdict}.`,
        ...lines(name, signedAt && `Signed at: ${signedAt}.`, software && `Signed with: ${software}.`),
        ...lines(digitalSource && `Signed as: ${digitalSource}.`),
        ...lines(...manifest.problems.map(({ message }) => `Problem: ${message}.`)),
      ];
    }
    default:
      return manifest satisfies never;
  }
}

export function describeHash(
  hash: Provenance['hash'],
  sidecar: SidecarFacts | undefined,
  mark: Mark | undefined,
): readonly string[] {
  if (!sidecar) return ['No sidecar.'];
  const verdict = {
    holds: 'Sidecar: the hash matches. The file was not changed since the sidecar was written.',
    differs: 'Sidecar: the hash DIFFERS. The file was changed, or the sidecar belongs to another file.',
    unknown: 'Sidecar: it has no hash of the file.',
  }[hash];
  const contradictions = (['provider', 'model'] as const).map((field) => {
    const [recorded, marked] = [sidecar[field], mark?.[field]];
    return recorded && marked && recorded !== marked
      ? `The sidecar gives ${recorded} as the ${field}, but the mark gives ${marked}.`
      : undefined;
  });
  const imported = sidecar.isImported ? ['Sidecar: the image was imported. No provider is known to have made it.'] : [];
  return [verdict, ...imported, ...lines(...contradictions)];
}

/** Returns the texts that are defined, made safe for a terminal. */
function lines(...texts: readonly (string | undefined)[]): readonly string[] {
  return texts.flatMap((text) => (text ? [toPlainText(text)] : []));
}
