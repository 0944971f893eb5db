/** What to do when a part of this package cannot be loaded, for example after a new deployment replaced the files of a web app. */
export const LOAD_FAILURE_HINT =
  'In a browser, check the network and reload the page: a new deployment may have replaced its files. In Node.js, check that the installed package is complete.';
