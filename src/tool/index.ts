/** Tools for agents: one definition for every framework. Any app may import it. */
export type { FoundToolCall, StartedToolCall, ToolCallRunner, ToolCallStart } from './calls/call-runner.ts';
export { createImageTools } from './create-image-tools.ts';
export type { ToolPreview } from './files/preview.ts';
export {
  type LangChainAnswer,
  type LangChainConfig,
  type LangChainTool,
  type LangChainToolFunction,
  langchainTool,
} from './frameworks/langchain-tool.ts';
export {
  type ImageTool,
  type ImageTools,
  TOOL_NAMES,
  type ToolAnnotations,
  type ToolCallContext,
  type ToolName,
  type ToolProgress,
} from './image-tools.ts';
export type { JsonSchema } from './json-schema.ts';
export { createManifest, type ManifestOptions, type ManifestProvider } from './manifest/create-manifest.ts';
export type { ManifestAuth, ToolManifest } from './manifest/tool-manifest.ts';
export { type FoundImage, toReference } from './messages/found-image.ts';
export {
  type MessageImage,
  toAiSdkPart,
  toAnthropicPart,
  toGeminiPart,
  toLangChainPart,
  toMcpPart,
  toOpenAiPart,
} from './messages/image-parts.ts';
export { lastImage } from './messages/last-image.ts';
export {
  type AssistantImageMessage,
  type ImageMessagePart,
  type ImageOrigin,
  type TextMessagePart,
  toAssistantMessage,
  toMessagePart,
} from './messages/message-part.ts';
export {
  type PersonaImageGeneration,
  type PersonaOptions,
  type PersonaProfile,
  toProfile,
} from './persona/to-profile.ts';
export { type AnthropicTool, toAnthropicTool } from './schema/anthropic-tool.ts';
export { type GeminiTool, toGeminiTool } from './schema/gemini-tool.ts';
export { type OpenAiChatTool, type OpenAiTool, toOpenAiChatTool, toOpenAiTool } from './schema/openai-tool.ts';
export type { ImageToolsSettings } from './settings.ts';
export { type AgentSkill, IMAGE_CREATION_SKILL } from './skill/image-creation-skill.ts';
export type {
  FailureData,
  GeneratedData,
  RunningData,
  ToolCostEstimate,
  ToolErrorCode,
  ToolFailure,
  ToolImage,
  ToolResult,
  ToolSuccess,
} from './tool-result.ts';
