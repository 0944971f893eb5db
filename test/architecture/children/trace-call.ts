/**
 * Makes one call to a server on 127.0.0.1 and prints every function of `src` that ran, in the order of the first calls, as `file#function`.
 * Plain Node runs the sources: a load hook makes each function report itself and removes the types.
 *
 *   node test/architecture/children/trace-call.ts provider|manager
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = new URL('../../../', import.meta.url).href;
const calls = new Set<string>();
let isRecording = false;
(globalThis as { recordCall?: (name: string) => void }).recordCall = (name) => {
  if (isRecording) calls.add(name);
};

/** Inserts a call of `recordCall` at the beginning of every function that has a name or is held by one. */
function withRecording(path: string, text: string): string {
  const insertions: { readonly at: number; readonly text: string }[] = [];
  const visit = (node: ts.Node): void => {
    const body = ts.isFunctionLike(node) ? (node as ts.FunctionLikeDeclaration).body : undefined;
    const name = body === undefined ? undefined : nameOf(node as ts.FunctionLikeDeclaration);
    if (body !== undefined && name !== undefined) {
      const record = `globalThis.recordCall(${JSON.stringify(`${path}#${name}`)})`;
      if (ts.isBlock(body)) insertions.push({ at: body.getStart() + 1, text: `${record};` });
      else insertions.push({ at: body.getStart(), text: `(${record}, ` }, { at: body.getEnd(), text: ')' });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true));
  let traced = text;
  for (const { at, text: inserted } of insertions.toSorted((a, b) => b.at - a.at))
    traced = traced.slice(0, at) + inserted + traced.slice(at);
  return traced;
}

function nameOf(node: ts.FunctionLikeDeclaration): string | undefined {
  if (ts.isConstructorDeclaration(node)) return undefined; // nothing may come before super()
  const { parent } = node;
  const holder = ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name : undefined;
  return (node.name ?? holder)?.getText();
}

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier === '#platform' ? `${root}src/transport/platform/node.ts` : specifier, context),
  load(url, context, next) {
    if (!url.startsWith(`${root}src/`)) return next(url, context);
    const traced = withRecording(url.slice(root.length), readFileSync(fileURLToPath(url), 'utf8'));
    return { format: 'module', source: stripTypeScriptTypes(traced), shortCircuit: true };
  },
});

/** A PNG of one pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: [{ b64_json: PNG }] }));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
const { createImageManager, createProvider } = await import('../../../src/index.ts');

const settings = { apiKey: 'sk-trace-0123456789', baseUrl };
const request = { prompt: 'a red fox' };
if (process.argv[2] === 'manager') {
  const images = createImageManager({ providers: { openai: createProvider('openai', settings) } });
  isRecording = true;
  await images.generate(request);
} else {
  isRecording = true;
  await createProvider('openai', settings).generate(request);
}
isRecording = false;

process.stdout.write(JSON.stringify([...calls]));
server.close();
server.closeAllConnections();
