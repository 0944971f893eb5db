/** The tools over the Model Context Protocol. Hosts import it from here. */
export { createImagenMcp } from './create-imagen-mcp.ts';
export type { ImagenMcp, ImagenMcpSettings, McpFetch, McpHolder } from './settings.ts';
