/** The lines that make a client start this server, and the file they belong to. Sources: see docs/mcp.md. */

export const CLIENTS = ['claude', 'claude-code', 'cursor', 'vscode', 'zed'] as const;
export type McpClient = (typeof CLIENTS)[number];

export interface ServerLine {
  /** Arguments of `imagen`: `mcp` and its flags. */
  readonly args: readonly string[];
  /** Names of the environment variables that the server needs. Their values are never printed. */
  readonly variables: readonly string[];
  /** Variables whose values are no secrets. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface ClientConfig {
  readonly document: object;
  /** Where the document belongs. */
  readonly files: readonly string[];
  /** What is left to do. */
  readonly notes: readonly string[];
}

const PACKAGE = '@org/ai-image';

export function clientConfig(client: McpClient, { args, variables, settings }: ServerLine): ClientConfig {
  const start = { command: 'npx', args: ['-y', PACKAGE, ...args] };
  const env = (value: (name: string) => string) => ({
    env: { ...settings, ...Object.fromEntries(variables.map((name) => [name, value(name)])) },
  });
  const own = env((name) => `value of ${name}`);
  const fillIn = variables.map((name) => `Put the value of ${name} in. This client reads no variables of your shell.`);
  switch (client) {
    case 'claude':
      return {
        document: { mcpServers: { imagen: { ...start, ...own } } },
        files: [
          'macOS: ~/Library/Application Support/Claude/claude_desktop_config.json',
          'Windows: %APPDATA%\\Claude\\claude_desktop_config.json',
        ],
        notes: [...fillIn, 'Restart Claude Desktop afterwards.'],
      };
    case 'claude-code':
      return {
        document: { mcpServers: { imagen: { type: 'stdio', ...start, ...env((name) => `\${${name}}`) } } },
        files: ['.mcp.json in the folder of the project'],
        notes: [],
      };
    case 'cursor':
      return {
        document: { mcpServers: { imagen: { ...start, ...env((name) => `\${env:${name}}`) } } },
        files: ['.cursor/mcp.json in the folder of the project, or ~/.cursor/mcp.json for all projects'],
        notes: [],
      };
    case 'vscode':
      return {
        document: {
          ...(variables.length > 0 && {
            inputs: variables.map((id) => ({ type: 'promptString', id, description: id, password: true })),
          }),
          servers: { imagen: { type: 'stdio', ...start, ...env((name) => `\${input:${name}}`) } },
        },
        files: ['.vscode/mcp.json in the folder of the project'],
        notes: [],
      };
    case 'zed':
      return {
        document: { context_servers: { imagen: { ...start, ...own } } },
        files: ['~/.config/zed/settings.json, or .zed/settings.json in the folder of the project'],
        notes: fillIn,
      };
  }
}
