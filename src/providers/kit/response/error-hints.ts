/** Hints that tell a caller what to do about an error from the transport. */
import type { TransportError } from '../../../transport/index.ts';
import type { AiImageErrorCode } from '../../protocol/errors.ts';
import type { JobHandle } from '../../protocol/job.ts';
import type { AuthDeclaration } from '../adapter/about.ts';

/** Codes and texts for a certificate whose authority is unknown. Sources: OpenSSL's and Deno's names, as Node, Bun and Deno report them. */
const UNKNOWN_AUTHORITY = /SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER_CERT|VERIFY_LEAF_SIGNATURE)|UnknownIssuer/;

const UNTRUSTED =
  'This machine does not trust the authority that issued the server’s certificate (often a company’s proxy). Set NODE_EXTRA_CA_CERTS to a PEM file with the authority’s certificate, and start the process again.';

export function hintFor(
  code: AiImageErrorCode,
  error: TransportError,
  auth: AuthDeclaration,
  job: JobHandle | undefined,
): string | undefined {
  const resume = job && 'Call resume(error.job) to fetch the images without paying again.';
  if (error.fault === 'network' && error.outcome === 'failed' && UNKNOWN_AUTHORITY.test(error.message))
    return [UNTRUSTED, resume].filter(Boolean).join(' ');
  switch (code) {
    case 'authentication':
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
      return 'Check the network, and that the deployment still serves all its chunks.';
    default:
      return undefined;
  }
}

function isHtml(received: Uint8Array | undefined): boolean {
  const start = new TextDecoder().decode(received?.subarray(0, 200));
  return /^\s*<(?:!doctype|html|head|body)/i.test(start);
}
