/** The contract suite as plain functions: lists the checks for a provider, and runs them. */
import { type GeneralCheck, generalChecks, type Sample } from './checks.ts';
import { CONVERSATION_KINDS, type Conversation, parseConversation } from './conversation.ts';
import { readConversations, readSettings } from './node-runtime.ts';
import { replay, timeoutOf, withServer } from './replay.ts';
import { checkSubject, isFull, type ProviderUnderTest, settle, TEST_KEY } from './subject.ts';

export interface Check {
  /** Short and stable, e.g. `four-fields`; `replay: TITLE` for a conversation. */
  readonly id: string;
  /** The promise that the check verifies, as a sentence. */
  readonly title: string;
  /** Why the check does not apply to this provider. Absent: it applies. */
  readonly skipReason?: string | undefined;
  /** @returns one line per fault; never rejects. Empty if the check does not apply */
  readonly run: () => Promise<readonly string[]>;
}

/** A violation of the provider contract. */
export interface ContractFinding {
  /** The id of the check. */
  readonly check: string;
  readonly message: string;
}

/**
 * Lists every check for a provider.
 * @throws AiImageError `invalid_request`: `name`, `create` or `fixtures` is missing or wrong; TypeError: a conversation cannot be read
 */
export async function listChecks(given: ProviderUnderTest): Promise<readonly Check[]> {
  checkSubject(given);
  const { fixtures } = given;
  const defaults = fixtures instanceof URL ? await readSettings(fixtures) : {};
  const subject: ProviderUnderTest = { ...given, create: (settings) => given.create({ ...defaults, ...settings }) };
  const conversations = (fixtures instanceof URL ? await readConversations(fixtures) : fixtures).map((each, index) =>
    parseConversation(each, `conversation ${index + 1} of ${subject.name}`),
  );
  const sample = conversations.find(isSample);
  const reportErrors = withTimeout(timeoutOf(subject));
  const isCanonical = sample !== undefined && isCanonicalOnly(subject);
  return [
    reportErrors({
      id: 'kinds-recorded',
      title: 'has a recorded conversation of every kind',
      run: () => missingKinds(subject, conversations, sample),
    }),
    ...conversations.map((conversation) =>
      reportErrors({
        id: `replay: ${conversation.title}`,
        title: `${conversation.kind}: ${conversation.title}`,
        run: () => replay(subject, conversation),
      }),
    ),
    ...generalChecks.map((check) => reportErrors(withSample(check, subject, { sample, isCanonical }))),
  ];
}

/**
 * Runs every check, one after the other. Connects only to its own servers on 127.0.0.1.
 * @returns the violations; empty for a provider that meets the contract
 * @throws AiImageError `invalid_request`: `name`, `create` or `fixtures` is missing or wrong; TypeError: a conversation cannot be read
 */
export async function checkProvider(subject: ProviderUnderTest): Promise<readonly ContractFinding[]> {
  const findings: ContractFinding[] = [];
  for (const { id: check, run } of await listChecks(subject)) {
    findings.push(...(await run()).map((message) => ({ check, message })));
  }
  return findings;
}

function isSample(conversation: Conversation): conversation is Sample {
  const { kind, call, settings, exchanges } = conversation;
  if (kind !== 'success' || call.method !== 'generateImage' || settings !== undefined || exchanges.length === 0) {
    return false;
  }
  return Object.keys(call.params ?? {}).length === 0 && call.prompt === call.prompt.trim();
}

function withSample(
  check: GeneralCheck,
  subject: ProviderUnderTest,
  { sample, isCanonical }: { readonly sample: Sample | undefined; readonly isCanonical: boolean },
): Check {
  const { id, title, needsMediaProvider, run } = check;
  const skip = (skipReason: string): Check => ({ id, title, skipReason, run: async () => [] });
  if (sample === undefined)
    return skip('there is no conversation of kind success that calls generateImage with only a prompt');
  if (needsMediaProvider && isCanonical) return skip('the provider has only generateImage');
  return { id, title, run: () => run(subject, sample) };
}

/** Creates a provider, which sends nothing. If that fails, every check reports it. */
function isCanonicalOnly({ create }: ProviderUnderTest): boolean {
  try {
    return !isFull(create({ apiKey: TEST_KEY, baseUrl: 'http://127.0.0.1:9' }));
  } catch {
    return false; // reported by the checks
  }
}

function missingKinds(
  subject: ProviderUnderTest,
  conversations: readonly Conversation[],
  sample: Sample | undefined,
): Promise<readonly string[]> {
  return withServer(subject, { exchanges: [] }, async ({ provider }) => {
    // A provider with only the canonical protocol has no edit.
    const needed = CONVERSATION_KINDS.filter((kind) => kind !== 'other' && (kind !== 'edit' || isFull(provider)));
    const missing = needed.filter((kind) => !conversations.some((each) => each.kind === kind));
    const titles = conversations.map(({ title }) => title);
    const duplicates = [...new Set(titles.filter((title, index) => titles.indexOf(title) !== index))];
    return [
      ...missing.map((kind) => `there is no recorded conversation of kind ${kind}`),
      ...duplicates.map((title) => `two conversations have the title "${title}"`),
      ...(sample === undefined
        ? ['the general checks need a conversation of kind success that calls generateImage with only a prompt']
        : []),
    ];
  });
}

/** Turns an error of the check itself, e.g. a failing `create`, and a check that does not end, into a finding. */
function withTimeout(timeoutMs: number): (check: Check) => Check {
  return (check) => ({
    ...check,
    run: async () => {
      const settled = await settle(check.run, timeoutMs);
      if (settled.kind === 'value') return settled.value;
      if (settled.kind === 'stuck') return [`the check did not end within ${timeoutMs} ms (timeoutMs)`];
      const { error } = settled;
      return [`the check failed to run: ${error instanceof Error ? error.message : String(error)}`];
    },
  });
}
