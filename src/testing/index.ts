/** The public test tools for host apps and authors of providers. */
export type { Check, ContractFinding } from './check-provider.ts';
export { checkProvider, listChecks } from './check-provider.ts';
export type { Conversation, ConversationKind, Exchange } from './conversation.ts';
export { CONVERSATION_KINDS, conversationSchema, parseConversation } from './conversation.ts';
export type { ConversationServer } from './conversation-server.ts';
export { serveConversation } from './conversation-server.ts';
export { describeProvider } from './describe-provider.ts';
export type { ImageSketch, MaskSketch, SketchFormat } from './image-sketch.ts';
export { encodeSketch, SKETCH_FORMATS } from './image-sketch.ts';
export type { TestFramework } from './node-runtime.ts';
export type { ContractSettings, ProviderUnderTest } from './subject.ts';
