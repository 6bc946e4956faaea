import { isIPv4 } from 'node:net';

/** Whether `hostname`, as a parsed URL has it, says that it is this machine (RFC 6761 §6.3). */
export function isLoopbackHost(hostname: string): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]') return true;
  return isIPv4(hostname) && hostname.startsWith('127.');
}
