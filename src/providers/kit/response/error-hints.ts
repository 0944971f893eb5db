/** Hints that tell a caller what to do about an error from the transport. */
import type { TransportError } from '../../../transport/index.ts';
import type { AiImageErrorCode } from '../../protocol/errors.ts';
import type { JobHandle } from '../../protocol/job.ts';
import type { AuthDeclaration } from '../adapter/about.ts';
import { LOAD_FAILURE_HINT } from '../load-failure-hint.ts';

/** Codes and texts for a certificate whose authority is unknown. Sources: OpenSSL's and Deno's names, as Node, Bun and Deno report them. */
const UNKNOWN_AUTHORITY = /SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER_CERT|VERIFY_LEAF_SIGNATURE)|UnknownIssuer/;

const UNTRUSTED =
  'This machine does not trust the authority that issued the server’s certificate (often a company’s proxy). Set NODE_EXTRA_CA_CERTS to a PEM file with the authority’s certificate, and start the process again.';

/** What the transport says when a proxy refuses a tunnel, or a request. */
const PROXY_REFUSED = /the proxy (?:replied with HTTP (40[37])|refused the request \(HTTP (40[37]))/;

const BY_PROXY_WITHOUT_LOGIN =
  'The proxy wants a user name and a password. Put them into the address of the proxy, for example http://user:password@proxy.example:3128.';
const BY_PROXY =
  'Ask the administrator of the proxy to allow this host, or list the host in NO_PROXY to connect without the proxy. The key and the account are not the cause.';

export function hintFor(
  code: AiImageErrorCode,
  error: TransportError,
  auth: AuthDeclaration,
  job: JobHandle | undefined,
): string | undefined {
  const resume = job && 'Call resume(error.job) to fetch the images without paying again.';
  if (error.fault === 'network' && error.outcome === 'failed' && UNKNOWN_AUTHORITY.test(error.message))
    return [UNTRUSTED, resume].filter(Boolean).join(' ');
  const proxy = error.fault === 'network' && error.outcome === 'failed' ? PROXY_REFUSED.exec(error.message) : null;
  if (proxy !== null)
    return [proxy.includes('407') ? BY_PROXY_WITHOUT_LOGIN : BY_PROXY, resume].filter(Boolean).join(' ');
  switch (code) {
    case 'authentication':
      // Links on other hosts are fetched without the key.
      if (error.step === 'download')
        return ['The link has expired or needs other access; the key is not the cause.', resume]
          .filter(Boolean)
          .join(' ');
      return auth.kind === 'none' ? undefined : `Check the key given as \`apiKey\` or in ${auth.env[0]}.`;
    case 'permission':
      return 'The key is valid but not allowed to do this. Check the account’s access to this model.';
    case 'quota_exhausted':
      return 'Add credit to the account, or use another provider.';
    case 'rate_limited':
      return error.retryAfterMs === undefined
        ? 'Wait a while, or send fewer requests at once.'
        : 'Wait for `retryAfterMs`, or send fewer requests at once.';
    case 'outcome_unknown':
      return 'The vendor may have generated the image and charged for it. Check the vendor’s usage page before you send the request again.';
    case 'timeout':
    case 'aborted':
      return resume;
    case 'bad_response':
      if (error.fault === 'redirect') return 'Check `baseUrl`.';
      return isHtml(error.received)
        ? 'The server returned a web page instead of an API reply: check `baseUrl`.'
        : undefined;
    case 'unavailable':
      return error.fault === 'network'
        ? 'Check the network and `baseUrl`; nothing was sent.'
        : 'Try again later; nothing was charged.';
    case 'model_retired':
      return 'Choose another model; `models()` lists them.';
    case 'internal':
      return LOAD_FAILURE_HINT;
    default:
      return undefined;
  }
}

function isHtml(received: Uint8Array | undefined): boolean {
  const start = new TextDecoder().decode(received?.subarray(0, 200));
  return /^\s*<(?:!doctype|html|head|body)/i.test(start);
}
