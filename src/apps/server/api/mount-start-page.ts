/** The page at the address that `imagen serve` prints. It has no data, so no token is needed. */
import type { ServerApp } from '../http/server-context.ts';
import { TextAnswer } from '../http/text-answer.ts';

/** The empty icon keeps browsers from asking for one without a token. */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>imagen serve</title>
<link rel="icon" href="data:,">
</head>
<body>
<h1>imagen serve</h1>
<p>This server generates images for programs. It needs a token with each request.</p>
<ul>
<li>OpenAI's Images API: give a client this address with <code>/v1</code> at its end, and the token as its API key.</li>
<li>All routes: <a href="openapi.json">openapi.json</a>, in the form of OpenAPI 3.1.</li>
<li>Documentation: <code>docs/clients.md</code>, <code>docs/api.md</code> and <code>docs/server.md</code>
of the package <code>@org/ai-image</code>.</li>
</ul>
</body>
</html>
`;

export function mountStartPage(app: ServerApp): void {
  app.get('/', () => new TextAnswer(PAGE, { headers: { 'content-type': 'text/html; charset=utf-8' } }));
}
