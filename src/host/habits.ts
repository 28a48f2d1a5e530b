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
 * | awkward | what clients met on live hosts: JSON behind PHP warnings, numbers and null for strings, lists that are null, false or missing, other words for a lapsed token, error pages with status 200, 4-byte characters as `?`, no chunked uploads, downloads through a redirect and without ranges |
 */
export const habits = ['documented', 'servers', 'ghosts', 'one-token', 'awkward'] as const;

export type Habit = (typeof habits)[number];

/** What each habit adds, in a line for a person. */
export const habitMeanings: Readonly<Record<Habit, string>> = {
  documented: 'nothing: the plain reading of the documentation',
  servers: 'mangled names, unknown folders taken in silence, rings, varying types',
  ghosts: "trashed folders show up in the root's listing",
  'one-token': 'a sign-in ends all other tokens of the account',
  awkward: 'JSON behind PHP warnings, numbers for strings, pages with status 200',
};

/** The habits one host has. */
export type Ways = ReadonlySet<Habit>;

/** Whether the host is careless about forms: refusals inside successes, pages where there should be documents. */
export function isCareless(ways: Ways): boolean {
  return ways.has('servers') || ways.has('awkward');
}
