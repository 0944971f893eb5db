/** What was found, in sentences for a person. */
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
    'A mark is a claim: anyone can write one or take it away.',
    ...reason,
  ];
}

function sourceLine({ digitalSource, isMadeByAi }: Mark): string {
  if (digitalSource === undefined) return 'Mark: the file names an AI system, and gives no digital source type.';
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
      return ['C2PA manifest: kept elsewhere. It was not fetched, so it was not checked.'];
    case 'unreadable':
      return [toPlainText(`C2PA manifest: not readable. ${manifest.why}`)];
    case 'unchecked':
      return [toPlainText(`C2PA manifest: not checked. ${manifest.why}`)];
    case 'found': {
      const { isValid, isTrusted, signer = 'somebody without a name', signedAt, software, digitalSource } = manifest;
      const verdict = isTrusted ? 'valid and trusted' : isValid ? 'valid, not trusted' : 'NOT VALID';
      const name = isTrusted ? `Signed by: ${signer}.` : `Signed by somebody who goes by the name: ${signer}.`;
      return [
        `C2PA manifest: ${verdict}.`,
        ...lines(name, signedAt && `Signed at: ${signedAt}.`, software && `Signed with: ${software}.`),
        ...lines(digitalSource && `Signed as: ${digitalSource}.`),
        ...lines(...manifest.problems.map(({ words }) => `Problem: ${words}.`)),
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
    holds: 'Sidecar: the hash holds. The file is the one that it was written for.',
    differs: 'Sidecar: the hash DIFFERS. The file was changed since, or the sidecar is that of another file.',
    unknown: 'Sidecar: it holds no hash of the file.',
  }[hash];
  const contradictions = (['provider', 'model'] as const).map((field) => {
    const [said, marked] = [sidecar[field], mark?.[field]];
    return said && marked && said !== marked
      ? `The sidecar gives ${said} as its ${field}, the mark ${marked}.`
      : undefined;
  });
  return [verdict, ...lines(...contradictions)];
}

/** Those that are there, each fit for a terminal. */
function lines(...texts: readonly (string | undefined)[]): readonly string[] {
  return texts.flatMap((text) => (text ? [toPlainText(text)] : []));
}
