import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { CLIENTS } from '../../../../src/apps/cli/mcp/client-config.ts';
import { imagen as run } from '../support.ts';

const KEY = 'sk-proj-0123456789abcdefghijklmnopqrstuvwxyz';
const cwd = tmpdir();
const imagen = (args: readonly string[], env: Readonly<Record<string, string>>) => run(args, { cwd, env });
const variable = (name: string) => `\${${name}}`;
const START = { command: 'npx', args: ['-y', '@org/ai-image', 'mcp'] };

describe('imagen mcp --print-config', () => {
  it.each([
    ['claude', { mcpServers: { imagen: { ...START, env: { OPENAI_API_KEY: 'value of OPENAI_API_KEY' } } } }],
    [
      'claude-code',
      { mcpServers: { imagen: { type: 'stdio', ...START, env: { OPENAI_API_KEY: variable('OPENAI_API_KEY') } } } },
    ],
    ['cursor', { mcpServers: { imagen: { ...START, env: { OPENAI_API_KEY: variable('env:OPENAI_API_KEY') } } } }],
    [
      'vscode',
      {
        inputs: [{ type: 'promptString', id: 'OPENAI_API_KEY', description: 'OPENAI_API_KEY', password: true }],
        servers: { imagen: { type: 'stdio', ...START, env: { OPENAI_API_KEY: variable('input:OPENAI_API_KEY') } } },
      },
    ],
    ['zed', { context_servers: { imagen: { ...START, env: { OPENAI_API_KEY: 'value of OPENAI_API_KEY' } } } }],
  ])('prints the lines for %s, and names the file on standard error', async (client, document) => {
    const { exit, stdout, stderr } = await imagen(['mcp', '--print-config', client], { OPENAI_API_KEY: KEY });
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toEqual(document);
    expect(stderr).toMatch(/\.(?:json|mcp\.json)/);
  });

  it.each(CLIENTS)('K01: never prints a key for %s', async (client) => {
    const { stdout, stderr } = await imagen(['mcp', '--print-config', client], { OPENAI_API_KEY: KEY });
    expect(stdout + stderr).not.toContain(KEY);
  });

  it('keeps the flags, with absolute paths', async () => {
    const args = ['mcp', '--print-config', 'cursor', '--root', 'photos', '--max-usd', '2.50', '--max-images', '9'];
    const { stdout } = await imagen([...args, '--store', 'images'], { AI_IMAGE_PROVIDER: 'stub' });
    const { mcpServers } = JSON.parse(stdout);
    expect(mcpServers.imagen.args.slice(2)).toEqual([
      ...['mcp', '--store', `${cwd}/images`, '--root', `${cwd}/photos`, '--max-usd', '2.50', '--max-images', '9'],
    ]);
    expect(mcpServers.imagen.env).toEqual({ AI_IMAGE_PROVIDER: 'stub' });
  });

  it.each([
    [['--print-config', 'emacs'], 'claude, claude-code, cursor, vscode, zed'],
    [['--max-usd', '-1'], '--max-usd 2.50'],
    [['--max-usd', '1e9'], '--max-usd 2.50'],
    [['--max-images', '2.5'], '--max-images 20'],
  ])('refuses %j, and shows what is valid', async (args, hint) => {
    const { exit, stderr } = await imagen(['mcp', ...args], { AI_IMAGE_PROVIDER: 'stub' });
    expect(exit).toBe(2);
    expect(stderr).toContain(hint);
  });
});
