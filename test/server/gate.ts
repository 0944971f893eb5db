/** A provider of the tests of servers that answers when the test says so. */
import { type AiImageError, type AiImageProvider, StubProvider } from '../../src/index.ts';

export interface Gate {
  readonly provider: AiImageProvider;
  /** Resolves with the first call. */
  readonly begun: Promise<void>;
  /** Lets every call go on. */
  readonly open: () => void;
  readonly countCalls: () => number;
}

/** Calls wait until the gate is opened, and then end as those of the stub. @param fails the error of every call instead */
export function createGate({ fails }: { readonly fails?: AiImageError } = {}): Gate {
  const stub = new StubProvider();
  const begun = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  let calls = 0;
  const provider: AiImageProvider = {
    async generateImage(prompt, params) {
      calls += 1;
      begun.resolve();
      const aborted = Promise.withResolvers<never>();
      params?.signal?.addEventListener('abort', () => aborted.reject(params.signal?.reason), { once: true });
      await Promise.race([opened.promise, aborted.promise]);
      if (fails) throw fails;
      return stub.generateImage(prompt, { ...params, size: '64x64' });
    },
  };
  return { provider, begun: begun.promise, open: opened.resolve, countCalls: () => calls };
}
