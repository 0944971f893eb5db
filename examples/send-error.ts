import { AiImageError, createProvider, isAiImageError, toPortableJSON } from '@org/ai-image';

const { port1, port2 } = new MessageChannel(); // as between a worker and the main thread
port2.onmessage = ({ data }) => {
  const error = AiImageError.fromJSON(data);
  console.log(error.code, error.charged, error.message);
  port2.close();
};

try {
  await createProvider('stub').generate({ prompt: 'a poster', size: '99999x1' });
} catch (error) {
  if (!isAiImageError(error)) throw error;
  port1.postMessage(toPortableJSON(error));
}
