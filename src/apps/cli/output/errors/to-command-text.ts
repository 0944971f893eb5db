/** Rewrites messages, hints and warnings of the library for the command line. */
import { toSnakeCase } from '../../../../config/key-case.ts';

/** What users of the library write, and what users of the command line write instead. Applied in this order. */
const PHRASES: readonly (readonly [library: RegExp, command: string])[] = [
  // Methods
  [/Call jobs\(\) of the manager to see/g, 'Run imagen jobs list to see'],
  [/jobs\(\) of the manager/g, 'imagen jobs list'],
  [/store\.search\(\{[^{}]{0,80}\}\)/g, 'imagen history search "red fox"'],
  [/store\.search\(\)/g, 'imagen history search'],
  [/store\.verify\(\)/g, 'imagen verify'],
  [/store\.reindex\(\)/g, 'imagen reindex'],
  [/store\.repairLedger\(\) or imagen reindex --ledger/g, 'imagen reindex --ledger'],
  [/Call resume\(error\.job\) to fetch the images without/g, 'The images can be fetched without'],
  [/resume\(error\.job\) fetches its images without/g, 'Its images can be fetched without'],
  [/Start another session/g, 'Start another run'],
  [/Pass it as (?:the setting )?\w{1,40}, or set (\w{1,60}) and use getProvider\('[\w-]{1,40}'\)/g, 'Set $1'],
  [/(Set \w{1,60}), or pass [\w ]{1,80}: getProvider\('[\w-]{1,40}', \{ apiKey \}\)/g, '$1'],
  [/listProviders\(\) lists/g, 'imagen backends list --all lists'],
  [/createProvider\(id, \{ (\w{1,40}) \}\)/g, '$1'],
  [/ and use getProvider(?:\('[\w-]{1,40}'\))?/g, ''],
  // Methods of a queue and its worker
  [
    /then call manager\.settle, or enqueue the request under a new id/g,
    'then run imagen jobs settle, or add it as new work',
  ],
  [/Call manager\.resume with the id of the job to fetch its images/g, 'To fetch its images: imagen jobs resume'],
  [/Use a new random id for each request, for example crypto\.randomUUID\(\)/g, 'Use another --id, or leave --id out'],
  // Calls that are repeated
  [/Use a new call id to generate new images/g, 'For new images: imagen enqueue'],
  [/Call again later with the same call id to get its images/g, 'Run it again later to get its images'],
  [
    /then settle the call with settle\(id, \{ charged \}\)\. If it was not charged, the same call id can be used again/g,
    'then run imagen jobs settle. What was not charged can run again: imagen queue retry',
  ],
  [
    /To try again, use a new call id\. That may be charged again/g,
    'To pay for it again, add it as new work: imagen enqueue',
  ],
  [/\bthis call id\b/g, 'this id'],
  [/settle\(id, \{ charged \}\)/g, 'imagen jobs settle'],
  // Usage sinks
  [
    /For example postgresSink\(\{ url: process\.env\.USAGE_DATABASE_URL \}\)/g,
    'Check the variable that `url_env` names',
  ],
  // Settings of a store
  [/store: database\.url must be an address/g, 'the variable that store.database_url_env names must hold an address'],
  [/Correct database\.url\. /g, 'Correct the variable. '],
  // Fields of a request
  [/Pass for example variation: 'red', or/g, 'Use imagen generate with --variation red, or'],
  [/onUnsupported: 'adapt'/g, '--adapt'],
  [/Pass its bytes in inputImages/g, 'Pass it with --input'],
  [/metadata\.costCenter of the request|request\.metadata\.costCenter/g, '--project'],
  [/Set the project as metadata of the request: \{ costCenter: '\w{1,40}' \}/g, 'Set the project with --project'],
  [/\bprojectPerDayUsd\b/g, 'per_day_usd'],
  [/\boptions\.(?=\w)/g, '--option '],
  [/\b(?<=Pass |Leave (?:out )?)(size|format|seed|style|quality|background|safety|mask)\b(?! of\b)/g, '--$1'],
  [/\binputImages\b/g, '--input'],
  [/\bcallId\b/g, '--id'],
  [/\baspectRatio\b/g, '--aspect-ratio'],
  [/\bnegativePrompt\b/g, '--negative'],
  [/\bdeadlineMs\b/g, '--deadline'],
  // Settings of a provider
  [/Pass it to createImageManager, as a setting/g, 'Set it in the configuration file'],
  [
    /given as `apiKey` \(in imagen\.yaml: `api_key_env`\) or in/g,
    'that `api_key_env` of imagen.yaml names, or the one in',
  ],
  [/given as `apiKey` or in/g, 'in'],
  [/\bapiKey\b/g, 'api_key_env'],
];

/** Settings that have the same name in the configuration file, in snake case. */
const SETTINGS =
  /\b(?:allowUnpriced|per[A-Z][A-Za-z]{1,20}Usd|baseUrl|apiVersion|modelFamily|responseFormat|pricePerImageUsd|tokenUrl|maskPolarity|forcePathStyle|keepJobsOpenMs|marksPrompt|timeoutMs|photonApiKey|webhookSecret|clientId|modelArmorConfig|maxConcurrent|callsPerMinute)\b/g;

/**
 * Returns a text of the library in the words of the command line: commands in place of methods, flags in place of fields, and keys as they
 * are in the configuration file.
 * @param retryAfterMs what an error says about the time to wait
 */
export function toCommandText(text: string, retryAfterMs?: number): string {
  const wait = retryAfterMs === undefined ? 'Wait' : `Wait ${Math.ceil(retryAfterMs / 1000)} s`;
  const timed = text
    .replaceAll('Wait for `retryAfterMs`', wait)
    .replaceAll(' `retryAfterMs`, if set, says how long to wait.', retryAfterMs === undefined ? '' : ` ${wait}.`);
  const rewritten = PHRASES.reduce((result, [library, command]) => result.replaceAll(library, command), timed);
  return rewritten.replaceAll(SETTINGS, toSnakeCase);
}
