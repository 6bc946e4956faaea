/**
 * Why a request of the server led to no answer that can be used: its URL is none that is asked (`url`), the address may not be reached
 * (`address`), nobody is there or his certificate is not trusted (`connection`), it took too long (`timeout`), the answer is no 200
 * (`status`), not JSON (`not-json`) or too long (`too-large`), or too many requests are under way (`busy`).
 */
export type EgressFault =
  | 'url'
  | 'address'
  | 'connection'
  | 'timeout'
  | 'status'
  | 'not-json'
  | 'too-large'
  | 'busy';

/** A request of the server that failed. The message is for the log; it names the host, and nothing that was sent or answered. */
export class EgressError extends Error {
  override readonly name = 'EgressError';
  readonly fault: EgressFault;

  constructor(fault: EgressFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}
