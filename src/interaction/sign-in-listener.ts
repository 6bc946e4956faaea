/** What a person proves who they are with; `sign-up`: they have made the account just now. */
export type SignInMethod = 'password' | 'passkey' | 'totp' | 'recovery-code' | 'provider' | 'sign-up';

/** What an attempt to sign in came to. */
export type SignInResult =
  | 'ok'
  /** The password is right, and does not suffice: the next attempt is the code. */
  | 'code-asked'
  | 'refused'
  /** There were too many tries: nothing was looked at. */
  | 'limited'
  /** Too many passwords of others are being checked. */
  | 'busy'
  /** The other provider did not do its part. */
  | 'failed';

/** An attempt to sign in. What was typed stands nowhere in it: people type passwords where names belong. */
export interface SignInAttempt {
  readonly requestId: string;
  readonly method: SignInMethod;
  readonly outcome: SignInResult;
  /** Whose sign-in it is, or was tried to be. Absent: nobody's that is known here. */
  readonly accountId?: string;
}

/** Port: hears of every attempt of a person to sign in, whatever came of it. It is quick, and never throws. */
export interface SignInListener {
  readonly tried: (attempt: SignInAttempt) => void;
}
