import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { toCommandText } from '../../../../../src/apps/cli/output/errors/to-command-text.ts';

describe('toCommandText', () => {
  it.each([
    ['Start another session, or raise perSessionUsd.', 'Start another run, or raise per_session_usd.'],
    ["Choose a model, or add 'a/b' to allowUnpriced.", "Choose a model, or add 'a/b' to allow_unpriced."],
    ['Rebuild the index with store.reindex().', 'Rebuild the index with imagen reindex.'],
    ['Call jobs() of the manager to see the recorded jobs.', 'Run imagen jobs list to see the recorded jobs.'],
    [
      'If the vendor created a job, jobs() of the manager lists it.',
      'If the vendor created a job, imagen jobs list lists it.',
    ],
    ["Pass size 1024x1024, or onUnsupported: 'adapt'.", 'Pass --size 1024x1024, or --adapt.'],
    ["Pass aspectRatio 16:9, or onUnsupported: 'adapt'.", 'Pass --aspect-ratio 16:9, or --adapt.'],
    ["Leave format out, or pass onUnsupported: 'adapt'.", 'Leave --format out, or pass --adapt.'],
    ['size and aspectRatio were both given', 'size and --aspect-ratio were both given'],
    ['Pass inputImages, or leave it out.', 'Pass --input, or leave it out.'],
    ['Check the key given as `apiKey` or in OPENAI_API_KEY.', 'Check the key in OPENAI_API_KEY.'],
    ["Pass it as apiKey, or set OPENAI_API_KEY and use getProvider('openai').", 'Set OPENAI_API_KEY.'],
    ["Set OPENAI_API_KEY, or pass apiKey: getProvider('openai', { apiKey }).", 'Set OPENAI_API_KEY.'],
    ['listProviders() lists the available providers.', 'imagen backends list --all lists the available providers.'],
    ['Check the network and `baseUrl`; nothing was sent.', 'Check the network and `base_url`; nothing was sent.'],
    [
      'Call resume(error.job) to fetch the images without paying again.',
      'The images can be fetched without paying again.',
    ],
    ['Pass options.customModelId.', 'Pass --option customModelId.'],
    [
      "It is never sent again by itself. Look at the vendor's usage page, then call manager.settle, or enqueue the request under a new id.",
      "It is never sent again by itself. Look at the vendor's usage page, then run imagen jobs settle, or add it as new work.",
    ],
    [
      "For example postgresSink({ url: process.env.USAGE_DATABASE_URL }). Schemas are lower-case letters, digits and '_'.",
      "Check the variable that `url_env` names. Schemas are lower-case letters, digits and '_'.",
    ],
    ['Use a new random id for each request, for example crypto.randomUUID().', 'Use another --id, or leave --id out.'],
    ['Wait for `retryAfterMs`, or send fewer requests at once.', 'Wait, or send fewer requests at once.'],
  ])('rewrites %j', (text, expected) => expect(toCommandText(text)).toBe(expected));

  it('says how long to wait, if the vendor said it', () => {
    expect(toCommandText('Wait for `retryAfterMs`, or send fewer requests.', 1_200)).toBe(
      'Wait 2 s, or send fewer requests.',
    );
  });
});

describe('a message or hint of the library', () => {
  it('has no name in it that users of the command line cannot know', () => {
    expect(unknownNames(libraryTexts())).toEqual([]);
  });

  it('about a repeated call speaks of work and ids, as the command line does', () => {
    const texts = libraryTexts().filter(({ place }) => place.startsWith('manager/calls/known-call.ts'));
    const shown = texts.map(({ text }) => toCommandText(text));
    expect(shown).toContainEqual(expect.stringContaining('imagen jobs settle. What was not charged can run again'));
    expect(shown.filter((text) => /call id/i.test(text))).toEqual([]);
  });

  it.each(["Pass `strangeSetting`, or onUnsupported: 'refuse'.", 'Call streamImages() again.'])(
    'is found by this test if it has one: %j',
    (text) => expect(unknownNames([{ place: 'planted', text }])).toHaveLength(1),
  );
});

/** Names that stay: of vendors' options and replies, of packages, of the interface that custom providers implement, and of library-only calls. */
const KNOWN =
  /\b(?:createQueue|createWorker|enqueueAll|jsonLinesSink|runAt|untilMs|partialImages|describeProvider|generateImage|fromEntries|keepEndedJobsMs|toJSON|fromJSON|toPortableJSON|createImageManager|createStub|createOpenAI|imageBytes|promptUsed|createProvider|getProvider|setProvider|createStore|encodeURIComponent|autoOrient|randomUUID|maskFromAlpha|resumeAll|connectionString|accessKeyId|secretAccessKey|viewBox|fcTL|fdAT|kB|onJob|customModelId|safetySettings|googleSearch|thinkingLevel|providerId|upscaleStyle|styleStrength|structureStrength)\b/g;
const CODE_NAME = /\b[a-z]{1,30}[A-Z]\w{0,40}\b|\b(?:resume|jobs|search|reindex)\(/;

function unknownNames(texts: readonly { readonly place: string; readonly text: string }[]): readonly string[] {
  return texts
    .map(({ place, text }) => `${place}: ${toCommandText(text).replaceAll(KNOWN, '')}`)
    .filter((shown) => CODE_NAME.test(shown.slice(shown.indexOf(': '))));
}

/** Every string of the modules that write messages, hints and warnings for a request, as far as it reads like a sentence. */
function libraryTexts(): readonly { readonly place: string; readonly text: string }[] {
  const root = new URL('../../../../../src/', import.meta.url).pathname;
  return ['providers', 'manager', 'store', 'queue', 'usage', 'apps/shared'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => textsOf(join(root, folder, name), `${folder}/${name}`)),
  );
}

function textsOf(path: string, place: string): { place: string; text: string }[] {
  const found: { place: string; text: string }[] = [];
  const visit = (node: ts.Node): void => {
    const text = textOf(node);
    if (
      text !== undefined &&
      /[a-z] [a-z]/.test(text) &&
      !/\b(?:SELECT|INSERT|UPDATE|CREATE|animateMotion)\b/.test(text)
    ) {
      found.push({ place, text });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest));
  return found;
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => ` it ${literal.text}`).join('');
}
