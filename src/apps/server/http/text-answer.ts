/** Short answers, which Node's server writes without a stream. */

/**
 * A `Response` whose body is a text. The platform makes a stream of every body, and reading it back takes longer than the rest of a short
 * answer. Here the stream is made when it is read, and our own Node server takes `content`. Other servers must not get it: see `toWholeAnswer`.
 */
export class TextAnswer extends Response {
  readonly content: string;
  #read: Response | undefined;

  constructor(content: string, init: ResponseInit) {
    super(null, init);
    this.content = content;
  }

  get #response(): Response {
    this.#read ??= new Response(this.content, this);
    return this.#read;
  }
  override get body() {
    return this.#response.body;
  }
  override get bodyUsed() {
    return this.#read?.bodyUsed ?? false;
  }
  override arrayBuffer() {
    return this.#response.arrayBuffer();
  }
  override blob() {
    return this.#response.blob();
  }
  override bytes() {
    return this.#response.bytes();
  }
  override clone() {
    return this.#response.clone();
  }
  override formData() {
    return this.#response.formData();
  }
  override json() {
    return this.#response.json();
  }
  override text() {
    return this.#response.text();
  }
}

/**
 * Returns an answer that every server can send: those of Deno and Bun, and `@hono/node-server` where it replaces `Response`, read the body of
 * the platform's own object, which a `TextAnswer` leaves empty.
 */
export const toWholeAnswer = (answer: Response): Response =>
  answer instanceof TextAnswer && !answer.bodyUsed ? new Response(answer.content, answer) : answer;

/** Answers with JSON that holds no image: see `answerJson` for those that do. */
export function answerPlainJson(value: unknown, { status = 200, headers = {} }: PlainOptions = {}): TextAnswer {
  return new TextAnswer(JSON.stringify(value), { status, headers: { ...headers, 'content-type': 'application/json' } });
}

export interface PlainOptions {
  /** @default 200 */
  readonly status?: number;
  /** Beside `content-type`. */
  readonly headers?: Readonly<Record<string, string>>;
}
