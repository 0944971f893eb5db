/**
 * A key and two self-signed certificates for `cdn.example.com` and 127.0.0.1, for servers of these tests only: the key is public, nothing
 * else may ever trust it. Made once with openssl (P-256), so that the tests need nothing but Node.
 */
export const loopbackKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQglPjEUbH2Chq9sxkw
qswlztnKr1ZXuDlypM6btJ1lUU+hRANCAAQNG/NThDQB1xJkykDzAK8eHZjOuqpe
Cc0p3/mTlxpcd3QLDakUTMLjyUKBpRpi6xtsuSwE9oDQaR3MrHZj9zv0
-----END PRIVATE KEY-----
`;

/** Valid until 2120. */
export const loopbackCertificate = `-----BEGIN CERTIFICATE-----
MIIBbjCCARSgAwIBAgIBAjAKBggqhkjOPQQDAjAdMRswGQYDVQQDDBJsb29wYmFj
ayB0ZXN0IG9ubHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMB0x
GzAZBgNVBAMMEmxvb3BiYWNrIHRlc3Qgb25seTBZMBMGByqGSM49AgEGCCqGSM49
AwEHA0IABA0b81OENAHXEmTKQPMArx4dmM66ql4JzSnf+ZOXGlx3dAsNqRRMwuPJ
QoGlGmLrG2y5LAT2gNBpHcysdmP3O/SjQzBBMCAGA1UdEQQZMBeCD2Nkbi5leGFt
cGxlLmNvbYcEfwAAATAdBgNVHQ4EFgQU6oRoKddAVFD+baWf2dDAhDM4uAowCgYI
KoZIzj0EAwIDSAAwRQIgScoDuqJkBe4tei1iSpEmQmwhiquWptuekzOVBHQMnFMC
IQDIguxh9miJCpRObqHaohnjLg+EpHRgHw92R4BueGG/6Q==
-----END CERTIFICATE-----
`;

/** The same names and key, valid until 2021-01-01. */
export const expiredCertificate = `-----BEGIN CERTIFICATE-----
MIIBfjCCASSgAwIBAgIBATAKBggqhkjOPQQDAjAmMSQwIgYDVQQDDBtsb29wYmFj
ayB0ZXN0IG9ubHksIGV4cGlyZWQwHhcNMjAwMTAxMDAwMDAwWhcNMjEwMTAxMDAw
MDAwWjAmMSQwIgYDVQQDDBtsb29wYmFjayB0ZXN0IG9ubHksIGV4cGlyZWQwWTAT
BgcqhkjOPQIBBggqhkjOPQMBBwNCAAQNG/NThDQB1xJkykDzAK8eHZjOuqpeCc0p
3/mTlxpcd3QLDakUTMLjyUKBpRpi6xtsuSwE9oDQaR3MrHZj9zv0o0MwQTAgBgNV
HREEGTAXgg9jZG4uZXhhbXBsZS5jb22HBH8AAAEwHQYDVR0OBBYEFOqEaCnXQFRQ
/m2ln9nQwIQzOLgKMAoGCCqGSM49BAMCA0gAMEUCIQCqnPXKGC25g95Yomv50EVv
BMTRpcYRlcK56jPFOFP4jgIgFVMuCpbwNkgbd0XdyIzfp6pIeCSMSlJjuijX4lZj
wSg=
-----END CERTIFICATE-----
`;
