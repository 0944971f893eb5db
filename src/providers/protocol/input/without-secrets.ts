/** Removes from a message what a client must not read: paths of this machine, links with their signatures, and further lines. */
const MAX_LENGTH = 400;

/**
 * A path from the root, a home folder, a drive, or a folder above. `openai/gpt-image-2` and `16/9` are none. Names of folders may have
 * spaces: the path goes on as long as a slash follows in the same part of the sentence. What ends the part is not of the path.
 */
const PATH =
  /(?<![\w.:/])(?:~?\/|\.{1,2}\/|[A-Za-z]:\\|\\\\|file:)[^\s"'`()]*(?:(?<![.,:;]) [^"'`():;,]*[\\/][^\s"'`()]*)?(?<![.,:;])/g;
const LINK = /https?:\/\/[^\s"'`()]+/gi;

export function withoutSecrets(message: string): string {
  const [line = ''] = message.split('\n', 1);
  const short = line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
  return short.replaceAll(LINK, 'a link').replaceAll(PATH, 'a file');
}
