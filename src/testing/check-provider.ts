/** The contract suite as plain functions: which checks there are for a provider, and what they find. */
import { type GeneralCheck, generalChecks, type Sample } from './checks.ts';
import { CONVERSATION_KINDS, type Conversation, parseConversation } from './conversation.ts';
import { readConversations, readSettings } from './host.ts';
import { onStage, replay } from './replay.ts';
import { isFull, type ProviderUnderTest } from './subject.ts';

export interface Check {
  /** Short and stable, e.g. `four-fields`; `replay: TITLE` for a conversation. */
  readonly id: string;
  /** A sentence about what is promised. */
  readonly title: string;
  /** @returns one line per fault; never rejects */
  readonly run: () => Promise<readonly string[]>;
}

/** One way in which a provider does not keep the contract. */
export interface ContractFinding {
  /** The check's id. */
  readonly check: string;
  readonly message: string;
}

/**
 * Everything there is to check about a provider.
 * @throws TypeError a conversation cannot be read
 */
export async function listChecks(given: ProviderUnderTest): Promise<readonly Check[]> {
  const { fixtures } = given;
  const usual = fixtures instanceof URL ? await readSettings(fixtures) : {};
  const subject: ProviderUnderTest = { ...given, create: (settings) => given.create({ ...usual, ...settings }) };
  const conversations = (fixtures instanceof URL ? await readConversations(fixtures) : fixtures).map((each, index) =>
    parseConversation(each, `conversation ${index + 1} of ${subject.name}`),
  );
  const sample = conversations.find(isSample);
  return [
    safely({
      id: 'kinds-recorded',
      title: 'has a conversation of every kind on record',
      run: () => missingKinds(subject, conversations, sample),
    }),
    ...conversations.map((conversation) =>
      safely({
        id: `replay: ${conversation.title}`,
        title: `${conversation.kind}: ${conversation.title}`,
        run: () => replay(subject, conversation),
      }),
    ),
    ...(sample === undefined ? [] : generalChecks.map((check) => safely(withSample(check, subject, sample)))),
  ];
}

/**
 * Runs every check, one after the other. Talks to servers of its own on 127.0.0.1 and to nothing else.
 * @returns what is wrong; empty for a provider that keeps the contract
 * @throws TypeError a conversation cannot be read
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

function withSample({ id, title, run }: GeneralCheck, subject: ProviderUnderTest, sample: Sample): Check {
  return { id, title, run: () => run(subject, sample) };
}

function missingKinds(
  subject: ProviderUnderTest,
  conversations: readonly Conversation[],
  sample: Sample | undefined,
): Promise<readonly string[]> {
  return onStage(subject, { exchanges: [] }, async ({ provider }) => {
    // A provider of the canonical protocol alone has no edit to record.
    const needed = CONVERSATION_KINDS.filter((kind) => kind !== 'other' && (kind !== 'edit' || isFull(provider)));
    const missing = needed.filter((kind) => !conversations.some((each) => each.kind === kind));
    const titles = conversations.map(({ title }) => title);
    const twice = [...new Set(titles.filter((title, index) => titles.indexOf(title) !== index))];
    return [
      ...missing.map((kind) => `no conversation of kind ${kind} is on record`),
      ...twice.map((title) => `two conversations have the title "${title}"`),
      ...(sample === undefined
        ? ['no conversation of kind success calls generateImage with a prompt alone; the general checks need one']
        : []),
    ];
  });
}

/** What a check itself throws is a finding too, e.g. a `create` that fails. */
function safely({ id, title, run }: Check): Check {
  return {
    id,
    title,
    run: async () => {
      try {
        return await run();
      } catch (error) {
        return [`the check could not be run: ${error instanceof Error ? error.message : String(error)}`];
      }
    },
  };
}
