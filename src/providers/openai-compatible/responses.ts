/** Reads the images of a response, in every form that these servers use, and the text beside them. */
import type { ImageItem } from '../kit/index.ts';
import { itemsOfMessage, itemsOfPart, textOfMessage } from './chat.ts';
import { isRefusal } from './refusal-words.ts';
import type { CompatibleReply, ErrorBody, Part } from './wire.ts';

type Datum = NonNullable<NonNullable<CompatibleReply['data']>[number]>;

export function toItems(answer: Uint8Array | CompatibleReply): readonly ImageItem[] {
  if (answer instanceof Uint8Array) return [{ bytes: answer }];
  const { data, images, choices } = answer;
  return [
    ...(data ?? []).flatMap((datum) => (datum ? itemsOfDatum(datum) : [])),
    ...(images ?? []).flatMap((image) => (typeof image === 'object' ? itemsOfImage(image) : [EMPTY])),
    ...(choices ?? []).flatMap(({ message, finish_reason: reason, error }) => [
      ...(message ? itemsOfMessage(message, reason) : []),
      ...itemsOfFailure(error),
    ]),
  ];
}

/** The failure of a single image, next to others that succeeded. */
function itemsOfFailure(failure: ErrorBody): readonly ImageItem[] {
  if (failure === null || failure === undefined) return [];
  const { message = '', code } = typeof failure === 'string' ? { message: failure, code: undefined } : failure;
  const reason = message || String(code ?? 'no reason given');
  return [isRefusal(`${code ?? ''} ${reason}`) ? { refused: reason } : { missing: reason }];
}

/** KoboldCpp sends an empty image when generation failed. */
const EMPTY: ImageItem = { missing: 'the server sent an empty image, so generation failed; see the server log' };

function itemsOfImage(image: Uint8Array | Part | null): readonly ImageItem[] {
  if (image === null) return [];
  return image instanceof Uint8Array ? [{ bytes: image }] : itemsOfPart(image);
}

/** Takes the first source that is set: the image itself, then its link. */
function itemsOfDatum({ b64_json, url, image_url, revised_prompt: revisedPrompt, error }: Datum): readonly ImageItem[] {
  if (b64_json instanceof Uint8Array) return [{ bytes: b64_json, revisedPrompt }];
  const [linked] = itemsOfPart({ url, image_url });
  if (linked && 'link' in linked && isServerPath(linked.link)) return [SERVER_PATH];
  if (linked) return [{ ...('link' in linked ? { link: fromRequest(linked.link) } : linked), revisedPrompt }];
  return b64_json === '' ? [EMPTY] : itemsOfFailure(error);
}

const SERVER_PATH: ImageItem = {
  missing: "the server returned a path on its own disk instead of the image: set responseFormat to 'b64_json'",
};

/** A path without a leading slash is relative to the request, which went to a route below `images/`. */
const fromRequest = (link: string): string => (/^(?:[a-z][a-z0-9+.-]*:|[/\\])/i.test(link) ? link : `images/${link}`);

/** Paths that no web server uses: `file:` links and Windows paths. */
const isServerPath = (link: string): boolean => /^(?:file:|[a-z]:[\\/])/i.test(link);

/** Returns the text that a model writes beside its images, in chat. */
export function toText(answer: Uint8Array | CompatibleReply): string | undefined {
  if (answer instanceof Uint8Array) return undefined;
  const texts = (answer.choices ?? []).flatMap(({ message }) => (message ? (textOfMessage(message) ?? []) : []));
  return texts.length === 0 ? undefined : texts.join('\n');
}
