/** Status codes of a manifest in plain words. Source: C2PA Specification 2.2, "Standard status codes". */

/** The codes that a reader will meet; any other is told in the words of the library. */
export const STATUS_WORDS: ReadonlyMap<string, string> = new Map([
  ['assertion.dataHash.mismatch', 'the image was changed after it was signed'],
  ['assertion.bmffHash.mismatch', 'the image was changed after it was signed'],
  ['assertion.boxesHash.mismatch', 'the image was changed after it was signed'],
  ['assertion.hashedURI.mismatch', 'the manifest was changed after it was signed'],
  ['claimSignature.mismatch', 'the signature does not fit the manifest'],
  ['claimSignature.outsideValidity', 'the certificate was not valid at the time of signing'],
  ['signingCredential.untrusted', 'the signer is on no list of trusted signers that was given'],
  ['signingCredential.invalid', 'the certificate is not fit for signing'],
  ['signingCredential.expired', 'the certificate has expired'],
  ['signingCredential.ocsp.revoked', 'the certificate was revoked'],
]);
