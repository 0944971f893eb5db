/** What every host does with the package. It is copied beside each host's own files, and gets the package as its host loads it. */

/**
 * @param library `StubProvider`, `createOpenAI` and `isAiImageError`
 * @param baseUrls `vendor`: a server that makes images; `closed`: an address where no server listens
 * @returns plain JSON
 */
export async function makeImages({ StubProvider, createOpenAI, isAiImageError }, baseUrls) {
  const openai = (baseUrl) => createOpenAI({ apiKey: 'sk-test-0123456789abcdef', baseUrl });
  const codeOf = async (call) => {
    const error = await call.then(
      () => undefined,
      (reason) => reason,
    );
    if (!isAiImageError(error)) return String(error);
    return error.charged === undefined ? error.code : `${error.code}, charged: ${error.charged}`;
  };
  const summary = ({ imageBytes, format }) => `${format}, ${isPng(imageBytes) ? 'a PNG file' : 'unknown bytes'}`;
  return {
    offline: summary(await new StubProvider().generateImage('a boat', { size: '64x64' })),
    vendor: summary(await openai(baseUrls.vendor).generateImage('a boat')),
    refused: await codeOf(openai(baseUrls.vendor).generateImage('refuse')),
    unreachable: await codeOf(openai(baseUrls.closed).generateImage('a boat')),
  };
}

const isPng = (bytes) => bytes instanceof Uint8Array && String.fromCharCode(...bytes.subarray(1, 4)) === 'PNG';
