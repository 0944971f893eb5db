/** Returns 128 random bits in lower-case hex. */
export function randomId(): string {
  const [high, low] = crypto.getRandomValues(new BigUint64Array(2));
  return hexOf(high!) + hexOf(low!);
}

const hexOf = (number: bigint) => number.toString(16).padStart(16, '0');
