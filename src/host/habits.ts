/**
 * The ways of hosts of this family, to be combined. Every habit keeps the documented answers; what a habit adds is
 * what clients have met elsewhere.
 *
 * | habit | what it adds |
 * | --- | --- |
 * | documented | nothing: the plain reading of the documentation |
 * | servers | what was read off real servers: mangled names, edits that ignore an unknown parent, rings, varying JSON types |
 * | ghosts | a trashed folder shows up in the root's listing, its trashed sub-folders below it |
 * | one-token | a sign-in ends all other tokens of the account |
 */
export const habits = ['documented', 'servers', 'ghosts', 'one-token'] as const;

export type Habit = (typeof habits)[number];

/** The habits one host has. */
export type Ways = ReadonlySet<Habit>;
