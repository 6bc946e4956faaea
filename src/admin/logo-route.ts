import type { FastifyInstance } from 'fastify';
import type { Client, Logo } from '../clients/client.ts';
import type { ClientStore } from '../clients/store.ts';
import { sendHttpError } from '../http/error-answers.ts';
import { logoMediaTypes } from './logo-image.ts';

/** Tells where a client's logo is found; null: it has none. */
export type LogoUriOf = (client: Pick<Client, 'id' | 'logo'>) => string | null;

/** Uploaded logos are served by this server, under a URI that changes with their content. */
export function createLogoUris(issuer: string): LogoUriOf {
  const base = issuer.replace(/\/$/, '');
  const uriOf: { readonly [Kind in Logo['kind']]: (logo: Logo & { kind: Kind }, id: string) => string } = {
    external: ({ uri }) => uri,
    uploaded: ({ hash, extension }, id) => `${base}/logos/${hash}/${id}.${extension}`,
  };
  return ({ id, logo }) => {
    if (logo === null) return null;
    const write = uriOf[logo.kind] as (logo: Logo, id: string) => string;
    return write(logo, id);
  };
}

const oneYearSeconds = 31_536_000;

/** The last segment of a logo's path: the client's id and the extension of the image's type. */
const fileName = /^([0-9a-f-]{36})\.([a-z]+)$/;

/** Serves uploaded logos: to anyone, as images and nothing else, for as long as the client's record names them. */
export function registerLogos(app: FastifyInstance, loadImage: ClientStore['loadImage']): void {
  app.get<{ Params: { hash: string; file: string } }>('/logos/:hash/:file', async (request, reply) => {
    const { hash, file } = request.params;
    const [, clientId, extension] = fileName.exec(file) ?? [];
    const image = clientId === undefined ? undefined : await loadImage(clientId, hash);
    if (!image || image.mediaType !== logoMediaTypes.get(extension ?? '')) {
      return sendHttpError(reply, 'not_found');
    }
    return reply
      .header('content-type', image.mediaType)
      .header('cache-control', `public, max-age=${oneYearSeconds}, immutable`)
      .header('content-security-policy', "default-src 'none'; sandbox")
      .header('cross-origin-resource-policy', 'cross-origin')
      .header('x-content-type-options', 'nosniff')
      .send(image.octets);
  });
}
