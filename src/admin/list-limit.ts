/** A list in a request is read up to this length: twice what a record may hold of anything. */
export const mostEntries = 1_000;

/** Why a longer one is refused before anything looks at its entries, which would hold everyone up. */
export const tooManyEntries = 'has too many entries';
