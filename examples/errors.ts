import { getProvider, isAiImageError } from '@org/ai-image';

try {
  await getProvider().generate({ prompt: 'a poster', size: '99999x1' });
} catch (error) {
  if (!isAiImageError(error)) throw error;
  console.log(error.code, error.charged, error.message, error.hint);
  if (error.job) console.log('resume(error.job) fetches the images without a second charge');
}
