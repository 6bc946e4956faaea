import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

/** How the certificates of the other side are judged. */
export interface Trust {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: true;
}

/**
 * Trusts the runtime's own roots and `certificateAuthorities` (PEM; null: none besides). Made once: parsing all roots for every
 * connection would take longer than the connection.
 */
export function createTrust(certificateAuthorities: string | null): Trust {
  const further = certificateAuthorities === null ? [] : [certificateAuthorities];
  const ca = [...getCACertificates('default'), ...further];
  return {
    secureContext: createSecureContext({ ca, minVersion: 'TLSv1.2' }),
    // Said outright, because the environment could switch it off.
    rejectUnauthorized: true,
  };
}
