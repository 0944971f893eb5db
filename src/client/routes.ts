/** The routes of the server's own API, one row each. The router, the OpenAPI document, the client and the reference page are made from them. */

/** Headings of the reference, in its order. */
export const ROUTE_GROUPS = ['Generate', 'Runs', 'Jobs', 'Images', 'Usage', 'About the server'] as const;

export interface Route {
  /** The heading of the route in the reference. */
  readonly group: (typeof ROUTE_GROUPS)[number];
  /** The HTTP method. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Parameters in braces, as in OpenAPI: `/api/images/{id}`. */
  readonly path: string;
  /** Fields that a route with a body takes in its query. Other routes take all fields but those of the path there. */
  readonly query?: readonly string[];
  /** `none`: the route needs no token. @default 'token' */
  readonly auth?: 'none';
  /** What the answer is. @default 'json' */
  readonly answer?: 'events' | 'bytes' | 'empty';
  /** The body may hold images as `data:` links, and so be large. @default false */
  readonly takesImages?: true;
  /** The route costs money, and takes the header `Idempotency-Key`. @default false */
  readonly costsMoney?: true;
}

/** The comment of a row is its summary in the reference. A path without parameters comes before one with them. */
export const ROUTES = {
  /** Shows which providers could do a request, what each would cost, and why others cannot. Sends nothing. */
  plan: {
    group: 'Generate',
    method: 'POST',
    path: '/api/plan',
    takesImages: true,
  },
  /** Generates images from a prompt. Answers with the images, or with status 202 and the run when they take longer than `wait`. */
  generate: {
    group: 'Generate',
    method: 'POST',
    path: '/api/generate',
    query: ['wait', 'partialImages'],
    costsMoney: true,
  },
  /** Generates images from images. Answers with the images, or with status 202 and the run when they take longer than `wait`. */
  edit: {
    group: 'Generate',
    method: 'POST',
    path: '/api/edit',
    query: ['wait', 'partialImages'],
    takesImages: true,
    costsMoney: true,
  },
  /** Lists the calls of this token since the server started, the latest first. */
  listRuns: {
    group: 'Runs',
    method: 'GET',
    path: '/api/runs',
  },
  /** Sends an event for each step of each call of this token, until the client closes the connection. */
  watchRuns: {
    group: 'Runs',
    method: 'GET',
    path: '/api/runs/events',
    answer: 'events',
  },
  /** Returns one call, also one that ended before the server started. */
  getRun: {
    group: 'Runs',
    method: 'GET',
    path: '/api/runs/{id}',
  },
  /** Sends an event for each step of one call. The stream ends with the call. */
  watchRun: {
    group: 'Runs',
    method: 'GET',
    path: '/api/runs/{id}/events',
    answer: 'events',
  },
  /** Cancels a call that is waiting or running, at the provider too where it can. It may still be charged. */
  cancelRun: {
    group: 'Runs',
    method: 'DELETE',
    path: '/api/runs/{id}',
  },
  /** Lists the calls on record that are open, and the latest that have ended, the latest first. */
  listJobs: {
    group: 'Jobs',
    method: 'GET',
    path: '/api/jobs',
  },
  /** Fetches the images of an open or expired job. Generates and charges nothing. */
  resumeJob: {
    group: 'Jobs',
    method: 'POST',
    path: '/api/jobs/{id}/resume',
  },
  /** Ends a call whose outcome is unknown, as a person says who looked at the invoice of the vendor. Sends nothing. */
  settleJob: {
    group: 'Jobs',
    method: 'POST',
    path: '/api/jobs/{id}/settle',
  },
  /** Searches the stored images, the latest first. */
  searchImages: {
    group: 'Images',
    method: 'GET',
    path: '/api/images',
  },
  /** Returns images and their sidecars as one zip file. Its `not-exported.txt` names images that cannot be read, if there are any. */
  exportImages: {
    group: 'Images',
    method: 'POST',
    path: '/api/images/export',
    answer: 'bytes',
  },
  /** Returns what is recorded of an image: how it was made, its size, its cost, and a link to its file. */
  getImage: {
    group: 'Images',
    method: 'GET',
    path: '/api/images/{id}',
  },
  /** Deletes an image permanently. Images made from it remain. */
  deleteImage: {
    group: 'Images',
    method: 'DELETE',
    path: '/api/images/{id}',
    answer: 'empty',
  },
  /** Returns a link to the file. It needs no token and is valid for a limited time. */
  linkImage: {
    group: 'Images',
    method: 'GET',
    path: '/api/images/{id}/link',
  },
  /** Returns the images that an image was made from, and those made from it. */
  getLineage: {
    group: 'Images',
    method: 'GET',
    path: '/api/images/{id}/lineage',
  },
  /** Reads the origin of an image from its file, its mark and its sidecar. */
  getProvenance: {
    group: 'Images',
    method: 'GET',
    path: '/api/images/{id}/provenance',
  },
  /** Keeps or rejects an image, or undoes that. A rejected image is not deleted. */
  selectImage: {
    group: 'Images',
    method: 'PUT',
    path: '/api/images/{id}/selection',
  },
  /** Replaces the tags of an image. */
  tagImage: {
    group: 'Images',
    method: 'PUT',
    path: '/api/images/{id}/tags',
  },
  /** Returns what was spent, by day, provider or model. */
  getUsage: {
    group: 'Usage',
    method: 'GET',
    path: '/api/usage',
  },
  /** Returns what this token has spent today, its limit, and what is left. */
  getBudget: {
    group: 'Usage',
    method: 'GET',
    path: '/api/budget',
  },
  /** Lists the providers and models that this token may use, with what each model can do and costs. */
  listProviders: {
    group: 'About the server',
    method: 'GET',
    path: '/api/providers',
  },
  /** Lists the style presets that requests can name as `style`. */
  listStyles: {
    group: 'About the server',
    method: 'GET',
    path: '/api/styles',
  },
  /** Checks the providers, and counts the calls of the server. Costs nothing. */
  getHealth: {
    group: 'About the server',
    method: 'GET',
    path: '/api/health',
  },
  /** Returns the description of this API in the form of OpenAPI 3.1. */
  getOpenApi: {
    group: 'About the server',
    method: 'GET',
    path: '/openapi.json',
    auth: 'none',
  },
} as const satisfies Readonly<Record<string, Route>>;

export type RouteName = keyof typeof ROUTES;

/** The names of all routes, in the order of the table. */
export const ROUTE_NAMES = Object.keys(ROUTES) as readonly RouteName[];
