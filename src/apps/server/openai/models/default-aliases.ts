/** Model ids that programs still send although no vendor has them. They stand for the default model of the server. */
export const DEFAULT_ALIASES = [
  // Not a model. Some programs send it where the user has chosen none.
  'auto',
  // Shut down on 2026-05-12. Defaults of Open WebUI, n8n and SillyTavern.
  'dall-e-2',
  'dall-e-3',
  // Shut down on 2026-10-23. Written into LibreChat.
  'gpt-image-1',
  // Will be shut down on 2026-12-01. The default of newer versions of n8n.
  'gpt-image-1-mini',
] as const;
