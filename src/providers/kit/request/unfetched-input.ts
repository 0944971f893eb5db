/** In the message about an input image whose link could not be fetched. What follows it is the reason, which its server may have written. */
export const UNFETCHED = 'could not be fetched';
