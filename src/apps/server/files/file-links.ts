/** Signed links to stored images. A link is valid until its time, for anyone who has it. */
export interface FileLinks {
  /**
   * @param origin the address of the server as the client sees it: see `publicOrigin`
   * @param lifetimeMs how long the link is valid at least; its end is rounded up to the hour, so that browsers can keep the image
   *   @default 24 hours
   */
  readonly create: (
    file: {
      /** The id of the stored image. */
      readonly id: string;
      /** What the client may call the file. */
      readonly name: string;
    },
    origin: string,
    lifetimeMs?: number,
  ) => Promise<string>;
  /** Checks the parts of a path of the form `/files/{id}/{variant}/{expires}.{signature}/{name}` in constant time. */
  readonly check: (parts: {
    readonly id: string;
    readonly variant: string;
    readonly expires: string;
    readonly signature: string;
  }) => Promise<'valid' | 'expired' | 'wrong'>;
}
