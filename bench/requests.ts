/** One HTTP/1.1 request. */
export interface RequestParts {
  readonly port: number;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A request as it goes over the wire, made once and sent many times. */
export function writeRequest({ port, method, path, headers = {}, body }: RequestParts): Buffer {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`content-length: ${Buffer.byteLength(body)}`]),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`);
}

/** A client that proves itself by its secret. */
export interface ClientCredentials {
  readonly id: string;
  readonly secret: string;
}

/** A form, sent by a client with HTTP Basic. */
export function writeForm(
  { port, path }: Pick<RequestParts, 'port' | 'path'>,
  client: ClientCredentials,
  parameters: Readonly<Record<string, string>>,
): Buffer {
  return writeRequest({
    port,
    method: 'POST',
    path,
    headers: {
      authorization: basic(client),
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(parameters).toString(),
  });
}

/** The `Authorization` header of a client (RFC 6749 §2.3.1); ids and secrets here need no escaping. */
export function basic({ id, secret }: ClientCredentials): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}
