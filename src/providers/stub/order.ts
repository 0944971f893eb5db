/** The body of a request to the stub's service: an order for images, with its input images. */

/** The body of a request, with the service's defaults filled in. */
export interface Order {
  readonly prompt: string;
  readonly model: string;
  readonly n: number;
  /** The index of the first image within the whole call. */
  readonly firstIndex: number;
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  readonly format: 'png' | 'jpeg' | 'webp';
  readonly background?: string;
  /** Style and quality only appear in the caption. */
  readonly style?: string;
  readonly quality?: string;
  readonly note?: string;
  readonly partials: number;
}

const DEFAULTS = { n: 1, firstIndex: 0, width: 1024, height: 1024, seed: 0, format: 'png', partials: 0 } as const;

/** An order with its input images. */
export interface EditOrder extends Order {
  readonly input?: Uint8Array;
  readonly mask?: Uint8Array;
}

/** Reads an order from JSON or, with input images, from a form. */
export async function readOrder(request: Request): Promise<EditOrder> {
  if (!request.headers.get('content-type')?.startsWith('multipart/'))
    return { ...DEFAULTS, ...((await request.json()) as Order) };
  const form = await request.formData();
  const bytesOf = async (name: string) => {
    const file = form.get(name);
    return file === null || typeof file === 'string' ? undefined : new Uint8Array(await file.arrayBuffer());
  };
  const [input, mask] = [await bytesOf('input'), await bytesOf('mask')];
  // The adapter in this process wrote it, so its shape is known.
  const order = (await new Response(form.get('order')).json()) as Order;
  return { ...DEFAULTS, ...order, ...(input && { input }), ...(mask && { mask }) };
}
