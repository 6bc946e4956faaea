/**
 * What sends requests in the clear, of `node:http`. It is asked for instead of imported: an import evaluates every export, and one of
 * them is the WebSocket of another HTTP client, which takes 40 ms and 11 MB at each start.
 */
export const { Agent: PlainAgent, request: requestPlain } = process.getBuiltinModule('node:http');
