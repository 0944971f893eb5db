/** Names that other libraries use for keys of this one, so that a hint can name ours. */

/** Our key, and other names for it: in lower case, without `_` and `-`. Of several keys that are known in a place, the first is suggested. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  apiKey: 'key token apitoken authtoken accesstoken secret secretkey bearer credential credentials auth',
  baseUrl: 'url endpoint host apibase apiurl baseuri server',
  deadlineMs: 'timeout timeoutms timeoutseconds timelimit deadline',
  directory: 'dir path folder root location',
  prompt: 'text description input',
  n: 'count num number numimages numberofimages numoutputs samplecount batchsize',
  inputImages: 'image images inputimage imageurl imageurls initimage referenceimages',
  size: 'imagesize resolution dimensions width height',
  aspectRatio: 'ratio aspect',
  negativePrompt: 'negative',
  format: 'outputformat mediatype mimetype extension',
  model: 'modelid modelname engine',
  options: 'provideroptions extra params parameters',
  onUnsupported: 'adapt strict',
  signal: 'abortsignal abort cancel',
  providers: 'provider backend backends',
  naming: 'filename filenames template',
  apiVersion: 'version',
  endpoint: 'url host',
  url: 'connectionstring uri',
};

const plain = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, '');

/** @returns the key in `known` that the name means in other libraries, e.g. `deadlineMs` for `timeout` */
export function keyForOtherName(name: string, known: readonly string[]): string | undefined {
  const wanted = plain(name.slice(0, 60));
  return (
    known.find((key) => plain(key) === wanted) ??
    Object.entries(OTHER_NAMES).find(([key, others]) => known.includes(key) && others.split(' ').includes(wanted))?.[0]
  );
}
