import type { NextConfig } from 'next';

/** The package opens files and a database: Node loads it as it is. */
const config: NextConfig = { serverExternalPackages: ['@org/ai-image'] };
export default config;
