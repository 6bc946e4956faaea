import { z } from 'zod';

/** The part of the file that says how the pages for people look. */

function isImageUri(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === 'https:';
}

/** Name, logo and colour of whoever runs the server. */
export const brand = z
  .strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .max(60)
      .default('Clientele')
      .describe('What people know the server by: it stands above every page.'),
    logoUri: z
      .string()
      .refine(isImageUri, 'must be an https URL')
      .nullable()
      .default(null)
      .describe('https URL of an image, shown beside the name, 32 pixels high; null: the name alone.'),
    color: z
      .string()
      .regex(/^#[0-9a-fA-F]{6}$/, 'must be #rrggbb')
      .nullable()
      .default(null)
      .describe(
        'Colour of buttons and links as `#rrggbb`; null: a blue. It is made lighter or darker where text could not be read.',
      ),
  })
  .prefault({});
