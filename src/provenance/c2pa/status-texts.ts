/** Status codes of a manifest as texts. Source: C2PA Specification 2.2, "Standard status codes". */

/** The most frequent codes. For any other code, the library's explanation is used. */
export const STATUS_TEXTS: ReadonlyMap<string, string> = new Map([
  ['assertion.dataHash.mismatch', 'the image was changed after it was signed'],
  ['assertion.bmffHash.mismatch', 'the image was changed after it was signed'],
  ['assertion.boxesHash.mismatch', 'the image was changed after it was signed'],
  ['assertion.hashedURI.mismatch', 'the manifest was changed after it was signed'],
  ['claimSignature.mismatch', 'the signature does not match the manifest'],
  ['claimSignature.outsideValidity', 'the certificate was not valid at the time of signing'],
  ['signingCredential.untrusted', 'the signer is not on a list of trusted signers'],
  ['signingCredential.invalid', 'the certificate must not be used for signing'],
  ['signingCredential.expired', 'the certificate has expired'],
  ['signingCredential.ocsp.revoked', 'the certificate was revoked'],
]);
