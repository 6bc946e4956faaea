/** Why the server, or a command, cannot begin, in words for the operator. Nothing broke, so no stack is shown. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}
