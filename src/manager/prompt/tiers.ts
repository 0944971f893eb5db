/** Words in the place of a model. What `best` and `light` stand for, each provider knows itself (`tiers` beside its models). */

export const isTier = (word: string | undefined): word is 'best' | 'light' => word === 'best' || word === 'light';

/** The stub generates offline, with no key and no call. */
export const DUMMY = 'dummy';
