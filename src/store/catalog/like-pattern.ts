/** Returns a pattern for `LIKE … ESCAPE '~'` that matches this text anywhere, with every character taken literally. */
export const containing = (text: string): string => `%${text.replace(/[~%_]/g, '~$&')}%`;
