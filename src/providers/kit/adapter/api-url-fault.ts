/** Checks URLs that receive the credential. */

/** Returns why the key must not be sent to this URL; undefined if it may. @param given the caller's value, of any type */
export function apiUrlFault(given: unknown): { readonly what: string; readonly hint: string } | undefined {
  const text = String(given);
  // The URL parser removes or replaces these characters, so the request would go to another URL than the one that is shown.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are searched for
  if (/[\s\\\u0000-\u001f\u007f-\u009f]/.test(text)) {
    return { what: 'contains white space, control characters or backslashes', hint: 'Copy the URL again.' };
  }
  const url = parseUrl(text);
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return { what: 'is not an http or https URL', hint: 'Pass for example https://api.example.com/v1.' };
  }
  if (url.username !== '' || url.password !== '') {
    return {
      what: `(${url.host}) contains a user name or password`,
      hint: 'Remove them from the URL. Pass the key as apiKey; if the server needs another header than Authorization, pass it in headers.',
    };
  }
  if (/[?#]/.test(text)) {
    return {
      what: `(${url.host}) contains "?" or "#", so no path can be added`,
      hint: 'Pass scheme, host and path only; the provider adds its own query.',
    };
  }
  if (url.protocol === 'http:' && !isPrivateHost(url.hostname)) {
    return {
      what: `(${url.host}) is not https`,
      hint: 'Use https: plain http is allowed only in a private network.',
    };
  }
  return undefined;
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined; // reported by the caller
  }
}

/** Checks for this machine, a private network, or a name without a dot, as in a container network. */
function isPrivateHost(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    // Only complete IPv4 addresses: 10.example.com is an ordinary host name.
    (/^\d+\.\d+\.\d+\.\d+$/.test(hostname) &&
      /^(?:127|10|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254)\./.test(hostname)) ||
    /^\[(?:::1|f[cd][0-9a-f]{2}:[0-9a-f:]*|fe[89ab][0-9a-f]:[0-9a-f:]*)\]$/.test(hostname) ||
    /\.(?:local|internal|lan|home\.arpa)$/.test(hostname) ||
    !/[.:]/.test(hostname)
  );
}
