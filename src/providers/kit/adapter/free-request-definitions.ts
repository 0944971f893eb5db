/** Requests to a vendor that cost nothing: lookups, uploads, price quotes, model lists and health checks. */
import type * as z from 'zod/mini';
import type { HttpRequest, UploadTarget } from '../../../transport/index.ts';
import type { ModelCard } from '../../protocol/model-card.ts';
import type { Refusal } from '../../protocol/plan.ts';
import type { FeatureLoader } from './feature-loader.ts';
import type { InputFile } from './request-args.ts';

/** A request whose reply the submit needs, e.g. which host serves a model today. Sent before the submit; a plan does not send it. */
export interface LookupDefinition<Answer extends z.ZodMiniType, Options, Args> {
  readonly feature: FeatureLoader<'lookup'>;
  /** @returns `undefined` if this request needs no lookup */
  readonly toRequest: (args: Args) => HttpRequest | undefined;
  readonly responseSchema: Answer;
  /** @returns the options with the result added, or why the request cannot be sent */
  readonly toOptions: (answer: z.output<Answer>, args: Args) => Options | { readonly refusal: Refusal };
}

/** Uploads input images before the request that refers to them. Each file is uploaded once per call. */
export interface UploadDefinition<Answer extends z.ZodMiniType, Args> {
  readonly feature: FeatureLoader<'upload'>;
  /** Which files are uploaded; the others are part of the request itself. @default all */
  readonly isNeeded?: (file: InputFile, args: Args) => boolean;
  /** A request to the vendor's API, with the credential: it uploads the file, or asks where to upload it. */
  readonly toRequest: (file: InputFile, args: Args) => HttpRequest;
  readonly responseSchema: Answer;
  /** Where the reply says to upload the file; sent without the credential. */
  readonly toTarget?: (answer: z.output<Answer>, file: InputFile) => UploadTarget;
  /** What the request holds in place of the file. */
  readonly toReference: (answer: z.output<Answer>) => string;
}

/** Asks the vendor for the price of a request. */
export interface QuoteDefinition<Answer extends z.ZodMiniType, Args> {
  /** @returns the quote request for this submit; `undefined` if the vendor would treat it as an order */
  readonly toRequest: (submit: HttpRequest, args: Args) => HttpRequest | undefined;
  readonly responseSchema: Answer;
  readonly toUsd: (answer: z.output<Answer>) => number;
}

/** Asks a server for its models. A reply that cannot be read counts as an empty list. */
export interface ListingDefinition<Own> {
  readonly feature: FeatureLoader<'listing'>;
  readonly request: HttpRequest;
  readonly toModels: (answer: unknown, settings: Own) => Readonly<Record<string, ModelCard>>;
}

export interface HealthRequest extends HttpRequest {
  /** Statuses other than success that a wrong credential never gets, e.g. 404 for a job that cannot exist. */
  readonly passes?: readonly number[];
}
