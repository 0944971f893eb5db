/** The schemas that have a name in the OpenAPI document: those whose types the client exports. A test compares both lists. */
import type * as z from 'zod/mini';
import * as costs from '../../../../client/schemas/costs.ts';
import * as generate from '../../../../client/schemas/generate.ts';
import * as images from '../../../../client/schemas/images.ts';
import * as jobs from '../../../../client/schemas/jobs.ts';
import * as runs from '../../../../client/schemas/runs.ts';
import * as server from '../../../../client/schemas/server.ts';

export const COMPONENTS: Readonly<Record<string, z.ZodMiniType>> = {
  ApiCost: costs.costSchema,
  ApiWarning: costs.warningSchema,
  ApiApplied: costs.appliedSchema,
  ApiFailure: costs.failureSchema,
  ApiGenerateRequest: generate.generateBodySchema,
  ApiEditRequest: generate.editBodySchema,
  ApiPlanRequest: generate.planBodySchema,
  ApiCandidate: generate.candidateSchema,
  ApiPlan: generate.planSchema,
  ApiGeneratedImage: generate.generatedImageSchema,
  ApiGeneration: generate.generationSchema,
  ApiGenerateAnswer: generate.generateAnswerSchema,
  ApiRun: runs.runSchema,
  ApiPartialImage: runs.partialImageSchema,
  ApiRunEvent: runs.runEventSchema,
  ApiJob: jobs.jobSchema,
  ApiImage: images.imageSchema,
  ApiImageDetails: images.imageDetailsSchema,
  ApiProvenance: images.provenanceSchema,
  ApiUsage: server.usageSchema,
  ApiBudget: server.budgetSchema,
  ApiProviderHealth: server.healthSchema,
  ApiProvider: server.providerSchema,
  ApiStyle: server.styleSchema,
};
