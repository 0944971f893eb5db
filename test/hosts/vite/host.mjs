/** Builds a page with Vite, serves it, and opens it in the browser that CHROMIUM names. */
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';

await build({ logLevel: 'error' });
const server = await preview({ logLevel: 'error', preview: { host: '127.0.0.1', port: 0 } });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
try {
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(error));
  const { port } = server.httpServer.address();
  await page.goto(`http://127.0.0.1:${port}/?baseUrls=${encodeURIComponent(process.env.BASE_URLS)}`);
  await page.waitForFunction('window.report !== undefined');
  console.log(JSON.stringify(await page.evaluate('window.report')));
} finally {
  await browser.close();
  await server.close();
}
