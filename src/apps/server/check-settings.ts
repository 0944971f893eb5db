/** Checks the settings of a server when it is created, because a wrong one would be noticed only by a request. */
import { AiImageError } from '../../index.ts';
import { type FieldKinds, findFieldFault } from '../../providers/protocol/input/check-fields.ts';
import { containsKey } from '../../providers/protocol/input/hide-keys.ts';
import { LARGEST_IMAGES, LARGEST_USD } from '../../tool/setting-limits.ts';
import { toHostName } from './http/guards/host.ts';
import { DEFAULT_LIMITS } from './http/limits.ts';
import type { ImageServerSettings, ServerLimits, ServerMcpSettings, TokenSettings } from './settings.ts';

const SETTINGS: FieldKinds<ImageServerSettings> = {
  manager: ['generate', 'plan', 'models', 'findCall', 'resumeAll'],
  store: ['get', 'open', 'search', 'preflight'],
  queue: ['enqueue', 'cancel'],
  tokens: 'list',
  aliases: 'any',
  hosts: 'texts',
  origins: 'texts',
  publicUrl: 'text',
  fileKey: 'any',
  limits: 'object',
  trustProxy: 'flag',
  metrics: 'flag',
  mcp: 'any',
  keepAliveJson: 'flag',
  onAccess: 'function',
  onUnstored: 'function',
  onError: 'function',
};

const TOKEN: FieldKinds<TokenSettings> = {
  name: 'text',
  sha256: 'text',
  profile: 'text',
  models: 'texts',
  perDayUsd: 'number',
  requestsPerMinute: 'number',
};

const MCP: FieldKinds<ServerMcpSettings> = {
  maxUsd: 'number',
  maxImages: 'number',
  confirmAboveUsd: 'number',
  referenceHosts: 'texts',
};

const LIMITS: FieldKinds<ServerLimits> = {
  callsPerToken: 'number',
  waitingPerToken: 'number',
  requestsPerMinute: 'number',
  maxJsonBytes: 'number',
  maxUploadBytes: 'number',
};

/** The smallest and the largest value of each limit. */
const RANGES: Readonly<Record<keyof ServerLimits, readonly [min: number, max: number]>> = {
  callsPerToken: [1, 10_000],
  waitingPerToken: [0, 100_000],
  requestsPerMinute: [1, 1_000_000],
  maxJsonBytes: [1_024, 1024 ** 3],
  maxUploadBytes: [1_024, 1024 ** 3],
};

const MAX_TOKENS = 1_000;
const MAX_NAME_LENGTH = 64;
const MIN_KEY_BYTES = 32;
/** The SHA-256 of an empty text: a token that anyone has. */
const HASH_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** @throws AiImageError `invalid_request` */
export function checkServerSettings(settings: ImageServerSettings): void {
  checkFields(settings, SETTINGS, '');
  for (const name of ['manager', 'store'] as const) {
    if (settings[name] === undefined) {
      throw refuse(
        `setting ${name} is missing`,
        `Pass what create${name === 'manager' ? 'ImageManager' : 'Store'} returned.`,
      );
    }
  }
  // Another store would not have the images that the manager saves, and links to them would lead nowhere.
  if (settings.manager.store !== settings.store) {
    throw refuse(
      'setting store is not the store of the manager',
      'Pass one store to both: createImageManager({ providers, store }) and createImageServer({ manager, store, … }).',
    );
  }
  checkTokens(settings.tokens);
  if (settings.queue !== undefined) checkQueueTokens(settings.tokens);
  checkAliases(settings.aliases);
  settings.hosts?.forEach(checkHostName);
  settings.origins?.forEach(checkOriginSetting);
  if (settings.publicUrl !== undefined) checkPublicUrl(settings.publicUrl);
  const { fileKey } = settings;
  if (fileKey !== undefined && !(fileKey instanceof Uint8Array && fileKey.length >= MIN_KEY_BYTES)) {
    throw refuse(
      `setting fileKey must be a Uint8Array of at least ${MIN_KEY_BYTES} bytes`,
      'Make it once with crypto.getRandomValues(new Uint8Array(32)), and keep it secret.',
    );
  }
  checkLimits(settings.limits ?? {});
  checkMcp(settings.mcp ?? false);
}

function checkTokens(tokens: readonly TokenSettings[] | undefined): void {
  if (tokens === undefined || tokens.length === 0) {
    throw refuse('setting tokens has no token', `Pass at least one, e.g. [{ name: 'ada', sha256: '…' }].`);
  }
  if (tokens.length > MAX_TOKENS) throw refuse(`setting tokens has more than ${MAX_TOKENS} tokens`, 'Pass fewer.');
  const [names, hashes] = [new Set<string>(), new Set<string>()];
  tokens.forEach((token, at) => {
    const path = `tokens[${at}].`;
    checkFields(token, TOKEN, path);
    checkToken(token, path);
    const hash = token.sha256.toLowerCase();
    if (names.has(token.name)) throw refuse(`setting ${path}name is used twice`, 'Give each token its own name.');
    if (hashes.has(hash)) throw refuse(`setting ${path}sha256 is used twice`, 'Make one token for each name.');
    names.add(token.name);
    hashes.add(hash);
  });
}

/** Workers make the calls, with managers of their own. */
function checkQueueTokens(tokens: readonly TokenSettings[]): void {
  const at = tokens.findIndex(({ perDayUsd }) => perDayUsd !== undefined);
  if (at === -1) return;
  throw refuse(
    `setting tokens[${at}].perDayUsd has no effect with a queue, because workers make the calls`,
    'Leave it out, and set budget.perProjectPerDayUsd of the manager of the workers.',
  );
}

function checkToken(
  { name, sha256, profile, models, perDayUsd, requestsPerMinute }: TokenSettings,
  path: string,
): void {
  const hasName = typeof name === 'string' && name.trim() === name && name.length <= MAX_NAME_LENGTH;
  if (!hasName || !/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u.test(name)) {
    throw refuse(
      `setting ${path}name must be a text of 1 to ${MAX_NAME_LENGTH} characters`,
      'Pass the name of a person or a program.',
    );
  }
  if (containsKey(name)) throw refuse(`setting ${path}name contains a key`, 'Names are written to logs. Pass another.');
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/i.test(sha256)) {
    throw refuse(`setting ${path}sha256 must be 64 hex digits`, 'Pass the SHA-256 of the token, not the token itself.');
  }
  if (sha256.toLowerCase() === HASH_OF_NOTHING) {
    throw refuse(`setting ${path}sha256 is that of an empty token`, 'Make a token of at least 128 random bits.');
  }
  if (profile === '') throw refuse(`setting ${path}profile is empty`, 'Pass the name of a profile, or leave it out.');
  if (models !== undefined && (models.length === 0 || models.includes(''))) {
    throw refuse(`setting ${path}models has no model`, 'Leave it out to allow all models.');
  }
  if (perDayUsd !== undefined && !(Number.isFinite(perDayUsd) && perDayUsd > 0)) {
    throw refuse(`setting ${path}perDayUsd must be above 0`, 'Pass US dollars, e.g. 2.5.');
  }
  if (requestsPerMinute !== undefined)
    checkRange(`${path}requestsPerMinute`, requestsPerMinute, RANGES.requestsPerMinute);
}

function checkAliases(aliases: unknown): void {
  if (aliases === undefined || aliases === false) return;
  const isMap = typeof aliases === 'object' && aliases !== null && !Array.isArray(aliases);
  if (isMap && Object.entries(aliases).every(([id, model]) => id !== '' && typeof model === 'string' && model !== '')) {
    return;
  }
  throw refuse(
    'setting aliases must be false, or an object of model ids',
    `Pass for example { 'dall-e-3': 'openai/gpt-image-2' }.`,
  );
}

function checkHostName(host: string, at: number): void {
  if (!isHostName(toHostName(host))) throw refuse(`setting hosts[${at}] must be the name of a host`, HOST_HINT);
}

const HOST_HINT = 'Pass it without scheme, port and path, e.g. images.example.com.';

function isHostName(name: string): boolean {
  const url = parseUrl(`http://${name}/`);
  // A star is a character like any other to `URL`, and would match nothing.
  return url?.host === name && url.pathname === '/' && !name.includes('*');
}

function checkOriginSetting(origin: string, at: number): void {
  const url = parseUrl(origin);
  if (url !== undefined && isWeb(url) && url.origin === origin) return;
  const hint =
    origin === '*'
      ? 'List the origins. A server that spends money must not answer to every page.'
      : 'Pass scheme, host and port without a path, e.g. https://app.example.com.';
  throw refuse(`setting origins[${at}] must be the origin of a web page`, hint);
}

function checkPublicUrl(publicUrl: string): void {
  const url = parseUrl(publicUrl);
  const isPlain = url !== undefined && isWeb(url) && `${url.search}${url.hash}${url.username}${url.password}` === '';
  if (isPlain) return;
  throw refuse('setting publicUrl must be a web address', 'Pass for example https://images.example.com.');
}

function checkLimits(limits: ServerLimits): void {
  checkFields(limits, LIMITS, 'limits.');
  for (const name of Object.keys(RANGES) as (keyof ServerLimits)[]) {
    const value = limits[name];
    if (value !== undefined) checkRange(`limits.${name}`, value, RANGES[name]);
  }
  const { maxJsonBytes, maxUploadBytes } = { ...DEFAULT_LIMITS, ...limits };
  if (maxUploadBytes >= maxJsonBytes) return;
  throw refuse('setting limits.maxUploadBytes is below limits.maxJsonBytes', 'Raise the one, or lower the other.');
}

function checkMcp(mcp: boolean | ServerMcpSettings): void {
  if (typeof mcp === 'boolean') return;
  checkFields(mcp, MCP, 'mcp.');
  for (const name of ['maxUsd', 'maxImages', 'confirmAboveUsd'] as const) {
    const value = mcp[name] ?? 0;
    const isCount = name === 'maxImages';
    const max = isCount ? LARGEST_IMAGES : LARGEST_USD;
    if (value >= 0 && value <= max && (!isCount || Number.isInteger(value))) continue;
    const kind = isCount ? 'a whole number' : 'an amount of US dollars';
    throw refuse(`setting mcp.${name} must be ${kind} from 0 to ${max}`, 'Leave it out for the default.');
  }
  mcp.referenceHosts?.forEach((host, at) => {
    if (isHostName(host)) return;
    throw refuse(`setting mcp.referenceHosts[${at}] must be the name of a host`, HOST_HINT);
  });
}

function checkRange(path: string, value: number, [min, max]: readonly [number, number]): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw refuse(`setting ${path} must be a whole number from ${min} to ${max}`, 'Leave it out for the default.');
}

function checkFields<T>(value: T, kinds: FieldKinds<T>, path: string): void {
  const fault = findFieldFault(value, kinds, { whole: 'the settings', field: 'setting', path });
  if (fault !== undefined) throw refuse(fault.what, fault.hint);
}

const isWeb = ({ protocol }: URL): boolean => protocol === 'http:' || protocol === 'https:';

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

const refuse = (what: string, hint: string): AiImageError =>
  new AiImageError('invalid_request', `createImageServer: ${what}`, { hint, charged: 'no' });
