'use client';

/** The page: it shows each unfinished image as it comes. */
import { createClient, type ImageClient } from '@org/ai-image/client';
import { useImage } from '@org/ai-image/react';
import { useEffect, useState } from 'react';

export default function Page() {
  const [client, setClient] = useState<ImageClient>();
  // The address of the app is known in the browser only.
  useEffect(() => setClient(createClient({ url: `${location.origin}/images` })), []);
  return client ? <Generator client={client} /> : null;
}

function Generator({ client }: { readonly client: ImageClient }) {
  const { status, progress, previews, images, costUsd, error, start, cancel } = useImage(client);
  const [prompt, setPrompt] = useState('a red fox in the snow');
  const isRunning = ['starting', 'waiting', 'running'].includes(status);
  const shown = images[0] ?? previews[0];
  return (
    <main>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void start({ prompt });
        }}
      >
        <input aria-label="Prompt" value={prompt} onChange={(event) => setPrompt(event.target.value)} />
        <button type="submit" disabled={isRunning}>
          Generate
        </button>
        {isRunning && (
          <button type="button" onClick={() => void cancel()}>
            Cancel
          </button>
        )}
      </form>
      <p role="status">
        {status}
        {progress !== undefined && ` ${Math.round(progress * 100)} %`}
        {costUsd !== undefined && ` ($${costUsd.toFixed(2)})`}
        {error && `: ${error.message} ${error.hint ?? ''}`}
      </p>
      {/* biome-ignore lint/performance/noImgElement: `next/image` would encode the images again. */}
      {shown && <img src={shown.src} alt={prompt} />}
    </main>
  );
}
