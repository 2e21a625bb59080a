import type { FieldPolicy } from '@apollo/client/cache';
import { relayStylePagination } from '@apollo/client/utilities';

/**
 * The policy of a list that is read page by page, one list for each value of `keyArgs`. A list that the server could not
 * tell is null and stays null, where Apollo's own policy would show an empty one; a page that failed changes nothing.
 */
export const paged = (keyArgs: string[] | false): FieldPolicy => {
  const pages: FieldPolicy = relayStylePagination(keyArgs);
  const { merge, read } = pages;
  if (typeof merge !== 'function' || read === undefined) return pages;
  return {
    ...pages,
    merge: (existing, incoming, options) =>
      incoming === null ? (existing ?? null) : merge(existing ?? undefined, incoming, options),
    read: (existing, options) => (existing === null ? null : read(existing, options)),
  };
};
