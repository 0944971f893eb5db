/** The methods of requests. */

/** Every other method is answered with 405. */
export const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'];
