import { type Html, trusted } from './html.ts';

function icon(paths: string, size = 18): Html {
  return trusted(
    `<svg width="${size}" height="${size}" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${paths}</svg>`,
  );
}

/** Pictures beside words, which say the same. */
export const icons = {
  check: icon('<path d="m4.5 10.5 3.5 3.5 7.5-8"/>'),
  verified: icon('<path d="m6.5 10.2 2.4 2.4 4.6-5"/><circle cx="10" cy="10" r="7.5"/>', 14),
  unverified: icon('<circle cx="10" cy="10" r="7.5"/><path d="M10 6.3v4.4M10 13.6v.1"/>', 14),
  warning: icon('<path d="M10 3 2.4 16.4h15.2zM10 8.2v3.6M10 14v.1"/>'),
  done: icon('<circle cx="10" cy="10" r="7.5"/><path d="m6.8 10.3 2.2 2.2 4.3-4.8"/>'),
  passkey: icon(
    '<circle cx="7.5" cy="6.5" r="3.25"/><path d="M2.5 16.5c.3-3 2.3-4.75 5-4.75 1 0 2 .25 2.75.75M14.25 12.5a2.25 2.25 0 1 1 1.5 0v4l-1.25-1-.25-.5z"/>',
  ),
  person: icon(
    '<circle cx="10" cy="6.75" r="3.25"/><path d="M3.75 17c.5-3.25 3-5 6.25-5s5.75 1.75 6.25 5"/>',
  ),
  device: icon('<rect x="2.75" y="4" width="14.5" height="9.5" rx="1.5"/><path d="M7 16.5h6"/>'),
} as const;
