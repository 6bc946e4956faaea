import { toBase64url } from '../kernel/encoding.ts';
import { randomOctets } from '../kernel/random.ts';
import { type MacKeeper, macText, parseMac } from './mac-keeper.ts';

/** Tells the browsers that have signed in to an account before. */
export interface DeviceMarks {
  /**
   * The value of a cookie that marks a browser for `accountId`, and for the accounts that it is marked for already.
   * @param known the value that the browser has sent
   */
  readonly mark: (accountId: string, known: string | null) => string;
  /** The name of the browser that `known` marks for `accountId`, the same with every mark; undefined: it marks none. */
  readonly read: (accountId: string, known: string | null) => string | undefined;
}

/** Accounts that one browser is marked for; the one that was used longest ago is forgotten. */
const mostMarks = 5;
const separator = '~';
const markText = /^([\w-]{22})\.(.+)$/;

/**
 * Makes device marks. A mark is a random name and a MAC over it and the account: nobody makes one for an account that is not
 * theirs, and it proves nothing but that somebody has signed in there.
 */
export function createDeviceMarks(macs: MacKeeper): DeviceMarks {
  const nameIn = (mark: string, accountId: string): string | undefined => {
    const [, name, tag = ''] = markText.exec(mark) ?? [];
    const mac = parseMac(tag);
    if (name === undefined || mac === undefined) return undefined;
    return macs.matches(markedText(accountId, name), mac) ? name : undefined;
  };
  const read: DeviceMarks['read'] = (accountId, known) =>
    marksIn(known)
      .map((mark) => nameIn(mark, accountId))
      .find((name) => name !== undefined);

  return {
    read,
    mark: (accountId, known) => {
      const name = read(accountId, known) ?? toBase64url(randomOctets(16));
      const mark = `${name}.${macText(macs.makeVerifier(markedText(accountId, name)))}`;
      const others = marksIn(known).filter((other) => nameIn(other, accountId) === undefined);
      return [mark, ...others].slice(0, mostMarks).join(separator);
    },
  };
}

function marksIn(known: string | null): readonly string[] {
  return known === null ? [] : known.split(separator, mostMarks);
}

/** No client secret, which the same keys verify, has a line break. */
function markedText(accountId: string, name: string): string {
  return `device mark\n${accountId}\n${name}`;
}
