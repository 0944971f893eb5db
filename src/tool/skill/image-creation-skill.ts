/** The skill that goes with `generate_image`, for hosts that read skills as JSON. For agents with a terminal there is `skills/imagen`. */

/** A skill, in the form that agent hosts read. */
export interface AgentSkill {
  /** The name. */
  readonly name: string;
  /** The version of the skill. */
  readonly version: string;
  /** One sentence. */
  readonly summary: string;
  /** Where hosts list it. */
  readonly category: string;
  /** Words by which hosts find it. */
  readonly capability_tags: readonly string[];
  /** Added to the instructions of the agent. */
  readonly instruction_prompt: string;
  /** Names of tools that the agent must have. */
  readonly required_tools: readonly string[];
  /** What these tools must be good for. */
  readonly required_capabilities: readonly string[];
  /** Added to the instructions of the agent. */
  readonly safety_notes: string;
}

const INSTRUCTIONS = [
  'Use generate_image when the user wants an image. Do not use it to describe an image in words.',
  'If the style or a key element of the image is open, ask first: every image is charged, also one that the user does not want.',
  'Write a detailed prompt: subject, style, mood, light and composition. Keep what the user said, and add no text to the image unless asked.',
  'Generate one image unless the user wants several.',
  'When the answer has a job_id instead of images, call get_image with it. Never start the same call again after a timeout or an unknown outcome: it may have been charged.',
  'To change an image, call edit_image with its id, if you have that tool, instead of generating a new one.',
  'Show the image with its path or link, and mention warnings of the answer that matter to the user.',
].join('\n');

const SAFETY = [
  'Make no image of a real person without their consent.',
  'Make nothing violent, sexually explicit or harmful.',
  'Do not copy characters or works that are protected by copyright.',
  'If you are in doubt, ask the user before you generate.',
].join('\n');

/**
 * The skill `ImageCreation`. Plain JSON; hosts read a list of skills.
 * @example await writeFile('skills.json', JSON.stringify([IMAGE_CREATION_SKILL]))
 */
export const IMAGE_CREATION_SKILL: AgentSkill = {
  name: 'ImageCreation',
  version: '1.0.0',
  summary: 'Creates images from a description.',
  category: 'Creative',
  capability_tags: ['image_generation', 'creative', 'media', 'art'],
  instruction_prompt: INSTRUCTIONS,
  required_tools: ['generate_image'],
  required_capabilities: ['image_generation', 'creative'],
  safety_notes: SAFETY,
};
