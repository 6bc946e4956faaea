const name = 'authorization';

/**
 * Whether a request has more than one `Authorization` header. Node shows the first alone; another reader on the way may
 * have looked at the other one.
 *
 * @param rawHeaders names and values in turn, as they came
 */
export function hasRepeatedAuthorization(rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const other = rawHeaders[index] ?? '';
    // Most names are of another length, and need not be written in lower case first.
    if (other.length === name.length && other.toLowerCase() === name) count += 1;
  }
  return count > 1;
}
