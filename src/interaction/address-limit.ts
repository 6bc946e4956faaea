import { formLimitBytes } from '../protocol/form.ts';

/** An address stands in the header section. */
const longestQuery = Math.floor(formLimitBytes / 8);

/** Whether parameters may stand in an address: few enough, and encoded throughout, so that they cannot end the header that it stands in. */
export function fitsAddress(parameters: string): boolean {
  return parameters.length <= longestQuery && /^[\x21-\x7e]*$/.test(parameters);
}
