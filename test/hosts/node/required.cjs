const { isAiImageError, StubProvider } = require('@org/ai-image');
const { createOpenAI } = require('@org/ai-image/providers/openai');
const { makeImages } = require('./scenario.mjs');

const baseUrls = JSON.parse(process.env.BASE_URLS);
makeImages({ StubProvider, createOpenAI, isAiImageError }, baseUrls).then((report) => {
  console.log(JSON.stringify(report));
});
