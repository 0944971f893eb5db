/** The page: it shows each unfinished image as it comes. */
import { createClient, createImageRun, type ImageRunState } from '@org/ai-image/client';

const run = createImageRun(createClient({ url: `${location.origin}/images` }));

const form = document.createElement('form');
form.innerHTML = '<input name="prompt" value="a red fox in the snow"><button>Generate</button>';
const status = document.createElement('p');
const image = document.createElement('img');
document.querySelector('main')?.append(form, status, image);

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void run.start({ prompt: String(new FormData(form).get('prompt')) });
});

run.subscribe((state) => {
  status.textContent = describe(state);
  image.src = (state.images[0] ?? state.previews[0])?.src ?? '';
});

function describe({ status, progress, costUsd, error }: ImageRunState): string {
  if (error) return `${error.message} ${error.hint ?? ''}`;
  const percent = progress === undefined ? '' : ` ${Math.round(progress * 100)} %`;
  const cost = costUsd === undefined ? '' : ` ($${costUsd.toFixed(2)})`;
  return `${status}${percent}${cost}`;
}
