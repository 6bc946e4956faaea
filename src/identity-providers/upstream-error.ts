/**
 * Why a sign-in at an upstream provider led to nobody: it was not reached (`unreachable`), does not say what is needed of itself
 * (`metadata`), the person or it said no (`denied`), it would have to ask the person (`login-required`), its answer is to no request of
 * this browser's (`answer`), it gave no tokens for the code (`token`), its ID token is not to be believed (`id-token`), or what it told
 * of the person is not (`userinfo`).
 */
export type UpstreamFault =
  | 'unreachable'
  | 'metadata'
  | 'denied'
  | 'login-required'
  | 'answer'
  | 'token'
  | 'id-token'
  | 'userinfo';

/** A sign-in at an upstream provider that failed. The message is for the log: it holds nothing of what was sent or answered but error codes. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly fault: UpstreamFault;

  constructor(fault: UpstreamFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}
