import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { ValueFault } from './faults.ts';
import { type ReadFile, readInput } from './input-file.ts';

/** A certificate chain and its private key, both PEM. */
export interface TlsCredentials {
  readonly certificate: string;
  readonly key: string;
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** @throws ValueFault when the file is not a chain of PEM certificates */
export function readCertificates(readFile: ReadFile, path: string): string {
  const text = readInput(readFile, path).toString('utf8');
  const blocks = text.match(pemCertificate) ?? [];
  if (blocks.length === 0) throw new ValueFault(`the file ${path} holds no PEM certificate`);
  for (const block of blocks) parseCertificate(block, path);
  return text;
}

/** @throws ValueFault when the file is not a private key, or not that of the chain's first certificate */
export function readPrivateKey(readFile: ReadFile, path: string, certificates: string | undefined): string {
  const text = readInput(readFile, path).toString('utf8');
  const key = parseKey(text, path);
  const leaf = certificates?.match(pemCertificate)?.[0];
  if (leaf !== undefined && !parseCertificate(leaf, path).checkPrivateKey(key)) {
    throw new ValueFault(`the key in ${path} does not belong to the certificate`);
  }
  return text;
}

function parseCertificate(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new ValueFault(`the file ${path} holds a certificate that cannot be parsed`);
  }
}

function parseKey(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new ValueFault(`the file ${path} holds no unencrypted PEM private key`);
  }
}
