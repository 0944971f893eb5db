/** What is known of a provider without loading its code: a few words, so that lists and settings cost nothing. */

/** How a provider's requests are authorized, as data; the secret comes from the settings. */
export type AuthDeclaration =
  | { readonly kind: 'none' }
  | { readonly kind: 'bearer'; readonly env: readonly string[]; readonly scheme?: string }
  | { readonly kind: 'header'; readonly env: readonly string[]; readonly name: string }
  | { readonly kind: 'query'; readonly env: readonly string[]; readonly name: string }
  /** The adapter says how, by `toAuth`. `instead`: its settings that stand in the place of a key; with `areDoors` each opens another product. */
  | {
      readonly kind: 'own';
      readonly env: readonly string[];
      readonly instead: readonly string[];
      readonly areDoors?: true;
    };

/** `Authorization: Bearer <key>`. @param env environment variables that may hold the key, the best first */
export const bearer = (...env: readonly [string, ...string[]]): AuthDeclaration => ({ kind: 'bearer', env });
/** A header of the vendor's own, e.g. `x-key`. */
export const headerKey = (name: string, ...env: readonly [string, ...string[]]): AuthDeclaration => ({
  kind: 'header',
  name,
  env,
});
/** A key in the query: only for vendors that offer nothing else. */
export const queryKey = (name: string, ...env: readonly [string, ...string[]]): AuthDeclaration => ({
  kind: 'query',
  name,
  env,
});
/** Several kinds of credential, or one that is made anew: the adapter's `toAuth` says how. @param instead its settings beside `apiKey` */
export const ownAuth = (
  env: readonly [string, ...string[]],
  instead: readonly [string, ...string[]],
): AuthDeclaration => ({ kind: 'own', env, instead });
export const noKey: AuthDeclaration = { kind: 'none' };

export interface ProviderAbout<Id extends string = string> {
  readonly id: Id;
  /** The vendor's name for people. */
  readonly title: string;
  /** Other names people use. */
  readonly aliases: readonly string[];
  /**
   * Models of other makers that people name in the place of a provider, and for which this provider has cards, in lower case with dashes. An
   * unknown name that is one of them is answered with the providers that serve it.
   */
  readonly serves?: readonly string[];
  readonly auth: AuthDeclaration;
  /** The setting by which a caller names this server; results and errors then carry that name instead of the id. */
  readonly nameSetting?: string;
  /** Settings besides the key that the environment may hold: setting name -> variables, the best first. */
  readonly env?: Readonly<Record<string, readonly string[]>>;
  /**
   * For a vendor whose dialect other servers speak. `host`: the vendor's own, with those below it. `hint`: said beside refusals and errors
   * where `baseUrl` names another one.
   */
  readonly otherServers?: { readonly host: string; readonly hint: string };
}

/** What a provider of these settings is called. */
export function nameOf({ id, nameSetting }: ProviderAbout, settings: object): string {
  const name = nameSetting === undefined ? undefined : (settings as Readonly<Record<string, unknown>>)[nameSetting];
  return typeof name === 'string' ? name : id;
}
