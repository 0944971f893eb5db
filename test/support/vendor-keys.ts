/** Invented keys, in the form in which each vendor issues them. None may appear in a message. */
export const VENDOR_KEYS = {
  openai: 'sk-proj-Zk3vQ7hT1xWb4Lk9Vn8Rm5Yc2Pd6Sf0Gj-Aq_Ht3Ue8',
  stability: 'sk-aZ3vQ7hT1xWb4Lk9Vn8Rm5Yc2Pd6Sf0GjAqHt3Ue8Bn1Mc4',
  openrouter: 'sk-or-v1-3f9a7c1e5b8d2046af7390bc15de82743f9a7c1e5b8d2046',
  gemini: 'AIzaSyD3vQ7hT1xWb4Lk9Vn8Rm5Yc2Pd6Sf0GjAq',
  'gemini, new': 'AQ.Ab8RN6K3vQ7hT1xWb4Lk9Vn8Rm5Yc2Pd6Sf0GjAq',
  'google token': 'ya29.a0AfB_byC3vQ7hT1xWb4Lk9Vn8Rm5Yc2Pd6Sf0GjAq',
  fal: '3f9a7c1e-5b8d-4046-af73-90bc15de8274:5b8d2046af7390bc15de82743f9a7c1e',
  replicate: 'r8_Zk3vQ7hT1xWb4Lk9Vn8Rm5Yc2Pd6Sf0Gj1aB',
  huggingface: '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',
  xai: 'xai-Zk3vQ7hT1xWb4Lk9Vn8Rm5Yc2Pd6Sf0GjAqHt3Ue8Bn1Mc4Zk3vQ7hT1xWb4Lk9Vn8',
  bfl: '7c1e5b8d-2046-4f73-90bc-15de82743f9a',
  luma: 'luma-7c1e5b8d-2046-4f73-90bc-15de82743f9a-3f9a7c1e-5b8d-4046',
  runway: `key_${'3f9a7c1e5b8d2046af7390bc15de8274'.repeat(4)}`,
  recraft: 'Zk3vQ7hT1xWb4Lk9Vn8Rm5Yc2Pd6Sf0GjAqHt3Ue8Bn1Mc4Zk3vQ7hT1xWb4Lk9Vn',
  leonardo: '15de8274-3f9a-4c1e-8b8d-2046af7390bc',
  ideogram: 'Zk3-Q7hT1xW_b4Lk9V-n8Rm5Yc2_Pd6Sf0GjAq-Ht3Ue8Bn1M_c4Zk3vQ7hT-1xWb4Lk9Vn8Rm5Yc2Pd6Sf',
  'aws id': 'AKIAZ3VQ7HT1XWB4LK9V',
  'aws secret': 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzXbMqLeKvY',
  bedrock: 'ABSKQmVkcm9ja0FQSUtleS1aazN2UTdoVDF4V2I0TGs5Vm44Um01WWMy',
  'azure-openai': '3f9a7c1e5b8d2046af7390bc15de8274',
  'azure-openai, new': 'Zk3vQ7hT1xWb4Lk9Vn8Rm5Yc2Pd6Sf0GjAqHt3Ue8Bn1Mc4JQQJ99BAACYeBjFXJ3w3AAABACOGZk3v',
  firefly: 'p8e-Zk3vQ7hT1xWb4Lk9Vn8Rm5Yc2Pd6Sf0',
  'access token': 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJtZSIsImV4cCI6MTd9.Zk3vQ7hT1xWb4Lk9Vn8Rm5Yc2Pd6Sf0Gj',
  webhook: 'whsec_Zk3vQ7hT1xWb4Lk9Vn8Rm5Yc2Pd6Sf0GjA=',
} as const;

/** Keys that look like ids of jobs or images, which messages must name. */
const LIKE_IDS: readonly string[] = [
  VENDOR_KEYS.bfl,
  VENDOR_KEYS.leonardo,
  VENDOR_KEYS['azure-openai'],
  VENDOR_KEYS['aws secret'],
  VENDOR_KEYS.recraft,
  VENDOR_KEYS.ideogram,
  VENDOR_KEYS['azure-openai, new'],
];

/** Keys that are recognized in any text. */
export const PREFIXED_KEYS: readonly string[] = Object.values(VENDOR_KEYS).filter((key) => !LIKE_IDS.includes(key));

/** Whether a text shows seven characters of a key in sequence, after its public prefix. */
export function showsKey(text: string, key: string): boolean {
  for (let at = 8; at + 7 <= key.length; at++) if (text.includes(key.slice(at, at + 7))) return true;
  return text.includes(key);
}
