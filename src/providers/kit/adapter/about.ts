/** The static facts about a provider, so that lists and settings need not load its code. */

/** Begins each hint for the person who chose `baseUrl`. An image server leaves such hints out of its answers. */
export const FOR_OTHER_SERVERS = 'For a server that is not';

/** How a provider authenticates, as data. The secret comes from the settings. `env`: variables that may hold it, the preferred one first. */
export type AuthDeclaration =
  | { readonly kind: 'none' }
  | { readonly kind: 'bearer'; readonly env: readonly string[]; readonly scheme?: string }
  | { readonly kind: 'header'; readonly env: readonly string[]; readonly name: string }
  | { readonly kind: 'query'; readonly env: readonly string[]; readonly name: string }
  /**
   * The adapter's `toAuth` decides. `alternatives`: settings that can replace the key. `areSeparateProducts`: each of them gives access to
   * another product.
   */
  | {
      readonly kind: 'own';
      readonly env: readonly string[];
      readonly alternatives: readonly string[];
      readonly areSeparateProducts?: true;
    };

/** `Authorization: Bearer <key>`. @param env environment variables that may hold the key, the preferred one first */
export const bearer = (...env: readonly [string, ...string[]]): AuthDeclaration => ({ kind: 'bearer', env });
/** The key in a custom header, e.g. `x-key`. */
export const headerKey = (name: string, ...env: readonly [string, ...string[]]): AuthDeclaration => ({
  kind: 'header',
  name,
  env,
});
/** The key in the query string: only for vendors that offer nothing else. */
export const queryKey = (name: string, ...env: readonly [string, ...string[]]): AuthDeclaration => ({
  kind: 'query',
  name,
  env,
});
/** Several kinds of credentials, or tokens that are renewed: the adapter's `toAuth` decides. @param alternatives settings besides `apiKey` */
export const ownAuth = (
  env: readonly [string, ...string[]],
  alternatives: readonly [string, ...string[]],
): AuthDeclaration => ({ kind: 'own', env, alternatives });
export const noKey: AuthDeclaration = { kind: 'none' };

export interface ProviderAbout<Id extends string = string> {
  /** The name in `createProvider(id)`, settings and results. */
  readonly id: Id;
  /** Display name of the vendor. */
  readonly title: string;
  /** Other common names. */
  readonly aliases: readonly string[];
  /**
   * Models of other companies that people pass as a provider name and for which this provider has cards, in lower case with dashes. The
   * error for such a name lists the providers that serve the model.
   */
  readonly serves?: readonly string[];
  /** How it authenticates, and the variables that may hold its key. */
  readonly auth: AuthDeclaration;
  /**
   * The names of the vendor's own settings: an unknown one is refused before the adapter's code loads. A test compares them with the schema.
   * @default none
   */
  readonly settings?: readonly string[];
  /** The setting that holds the caller's name for this server. Results and errors show that name instead of the id. */
  readonly nameSetting?: string;
  /** Settings besides the key that environment variables may hold: setting name -> variables, the preferred one first. */
  readonly env?: Readonly<Record<string, readonly string[]>>;
  /**
   * For a vendor whose API other servers implement. `host`: the vendor's own domain. `hint`: one sentence, added to refusals and errors if
   * `baseUrl` names another server.
   */
  readonly otherServers?: { readonly host: string; readonly hint: `${typeof FOR_OTHER_SERVERS} ${string}` };
}

/** Returns the name of a provider with these settings. */
export function nameOf({ id, nameSetting }: ProviderAbout, settings: object): string {
  const name = nameSetting === undefined ? undefined : (settings as Readonly<Record<string, unknown>>)[nameSetting];
  return typeof name === 'string' ? name : id;
}
