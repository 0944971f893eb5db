/** The handlers of all routes. */
import type { RouteName } from '../../../../client/routes.ts';
import { createEventCursors } from '../events/stream-events.ts';
import { createOpenApi } from '../openapi/create-openapi.ts';
import type { RouteHandler } from '../route-call.ts';
import { exportImages } from './export-images.ts';
import { edit, generate } from './generate.ts';
import {
  deleteImage,
  getImage,
  getLineage,
  getProvenance,
  linkImage,
  searchImages,
  selectImage,
  tagImage,
} from './images.ts';
import { listJobs, resumeJob, settleJob } from './jobs.ts';
import { plan } from './plan.ts';
import { cancelRun, createWatchRun, createWatchRuns, getRun, listRuns } from './runs.ts';
import { getBudget, getHealth, getUsage, listProviders, listStyles } from './server.ts';

/** A handler for each route of the table. */
export type RouteHandlers = { readonly [Name in RouteName]: RouteHandler<Name> };

/** Handlers of one server. */
export function createHandlers(): RouteHandlers {
  const cursors = createEventCursors(crypto.randomUUID().slice(0, 8));
  return {
    ...{ plan, generate, edit },
    ...{ listRuns, getRun, cancelRun, watchRuns: createWatchRuns(cursors), watchRun: createWatchRun(cursors) },
    ...{ listJobs, resumeJob, settleJob },
    ...{ searchImages, getImage, deleteImage, linkImage, exportImages },
    ...{ getLineage, getProvenance, selectImage, tagImage },
    ...{ getUsage, getBudget, listProviders, listStyles, getHealth },
    getOpenApi: async ({ origin }) => ({ body: createOpenApi(origin) }),
  } satisfies RouteHandlers;
}
