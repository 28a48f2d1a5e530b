/** Reasons for which an item waits for a later look. They are shown to the person. */
export const AWAITS_SWEEP = 'missing on the host: a second full sweep must tell whether it was moved';
export const AWAITS_VERSION = 'a second file of this name came up on the host: it may be the next version on its way';
export const AWAITS_TWIN =
  'the host has something else of this name at the moment: they may be about to exchange their names';
export const AWAITS_CONTENT = 'a file of its size has its new name: the contents must be read first';
export const AWAITS_LISTING = 'its folder on the host could not be listed';
export const AWAITS_FOLDER = 'its folder has to be synced first';
export const AWAITS_NAME = 'something else still has its name';
export const AWAITS_STEP = 'another step has to be done first, and could not be';
