// @ts-nocheck -- a sample for the checks; the package it names is not installed here
import OpenAI from 'openai';
import type { Images } from 'openai/resources';

export { fal } from '@fal-ai/client';
export type { GoogleGenAI } from '@google/genai';
export const later = () => import('replicate');
export const old = require('@ai-sdk/openai');
export type Sdk = import('openai').OpenAI;
export const client = new OpenAI();
export type { Images };
