import { OAuthError, type OAuthErrorCode } from '../protocol/errors.ts';

/** What can be wrong with a request at a page, beside what the protocol has codes for. */
export const pageFaults = {
  expired: {
    status: 400,
    title: 'This page has expired',
    explanation:
      'It was open for too long, or was finished already, or belongs to another browser. Cookies must be allowed for this site.',
  },
  forged: {
    status: 403,
    title: 'This page has expired',
    explanation: 'What was sent did not come from a page that this browser was shown.',
  },
  answered: {
    status: 409,
    title: 'This page was sent already',
    explanation: 'It was sent twice, or from two windows at once. One of them went through.',
  },
  absent: { status: 404, title: 'Page not found', explanation: 'There is nothing at this address.' },
  method: {
    status: 405,
    title: 'Method not allowed',
    explanation: 'This address is served, but not with this method.',
  },
  tooLarge: {
    status: 413,
    title: 'Too much was sent',
    explanation: 'What was sent is larger than this page takes.',
  },
  mediaType: {
    status: 415,
    title: 'Unsupported content type',
    explanation: 'Forms are sent as application/x-www-form-urlencoded.',
  },
  malformed: {
    status: 400,
    title: 'Invalid request',
    explanation: 'What was sent cannot be read.',
  },
  account: {
    status: 403,
    title: 'This account cannot be used',
    explanation:
      'It was disabled or deleted, or changed while you signed in. Try again; whoever runs this server can tell more.',
  },
  provider: {
    status: 400,
    title: 'Unknown identity provider',
    explanation: 'The provider that people of this application sign in with does not exist.',
  },
  tooMany: {
    status: 429,
    title: 'Too many requests',
    explanation: 'There are too many requests from where you are. Wait a while, then try again.',
  },
  unavailable: {
    status: 503,
    title: 'Temporarily unavailable',
    explanation: 'The server cannot do this at the moment. Try again in a while.',
  },
  failed: {
    status: 500,
    title: 'Something went wrong',
    explanation: 'The fault is with the server, and is written down there.',
  },
} as const;

/** One of `pageFaults`. */
export type PageFault = keyof typeof pageFaults;

const codes: Partial<Readonly<Record<PageFault, OAuthErrorCode>>> = {
  tooMany: 'temporarily_unavailable',
  unavailable: 'temporarily_unavailable',
  failed: 'server_error',
};

/** A request at a page that is refused with a page of its own. */
export class PageError extends OAuthError {
  readonly fault: PageFault;

  constructor(
    fault: PageFault,
    options: { readonly detail?: string | undefined; readonly cause?: unknown } = {},
  ) {
    const { detail, ...rest } = options;
    super(codes[fault] ?? 'invalid_request', pageFaults[fault].explanation, {
      ...rest,
      ...(detail !== undefined && { detail }),
    });
    this.fault = fault;
  }
}
