/**
 * Whether a request has more than one `Authorization` header. Node shows the first alone; another reader on the way may
 * have looked at the other one.
 *
 * @param rawHeaders names and values in turn, as they came
 */
export function hasRepeatedAuthorization(rawHeaders: readonly string[]): boolean {
  const names = rawHeaders.filter((_, index) => index % 2 === 0);
  return names.filter((name) => name.toLowerCase() === 'authorization').length > 1;
}
