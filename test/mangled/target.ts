import type { Parameter } from './manglings.ts';
import type { RawAnswer, RawRequest } from './world.ts';

/** A request that is right, and the ways to send it. */
export interface Target {
  readonly requests: readonly Omit<RawRequest, 'text'>[];
  readonly parameters: readonly Parameter[];
  /** Whether an answer is that to the right request: then nothing was wrong after all. */
  readonly succeeds: (answer: RawAnswer) => boolean;
}

/** A form of a page. */
export interface PageTarget extends Target {
  /** Where the page stands. */
  readonly address: string;
  /** What a form that went through once and is sent again comes to. Default: it is refused, as sent already or expired. */
  readonly again?: 'is asked again' | 'is harmless';
  /** What the form is proven by. Default: the browser, and the sessions that it has. */
  readonly provenBy?: 'the browser';
}

/** Whether an answer is one. */
export const isOk = ({ status }: RawAnswer): boolean => status === 200;

/** Whether an answer leads somewhere, by a part of the address. */
export const leadsTo =
  (text: string) =>
  ({ location }: RawAnswer): boolean =>
    location?.includes(text) ?? false;

/** By POST alone. */
export const post = (path: string, cookie?: string) => [{ method: 'POST', path, cookie }] as const;

/** By GET alone. */
export const get = (path: string, cookie?: string) => [{ method: 'GET', path, cookie }] as const;

/** By GET and by POST. */
export const byBoth = (path: string, cookie: string | undefined) =>
  [...get(path, cookie), ...post(path, cookie)] as const;
