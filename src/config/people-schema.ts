import { z } from 'zod';

/** The part of the file that says how long people stay signed in, and whether they make accounts themselves. */

const daySeconds = 86_400;

/** How long sessions live. */
export const sessions = z
  .strictObject({
    idle: z
      .int()
      .min(300)
      .max(365 * daySeconds)
      .default(daySeconds)
      .describe(
        'Seconds after which somebody who has not used the server has to sign in again. It is about the browser alone: tokens that came from the session stay in force until it is ended, or `absolute` is over.',
      ),
    absolute: z
      .int()
      .min(300)
      .max(365 * daySeconds)
      .default(30 * daySeconds)
      .describe(
        'Seconds after which everybody has to sign in again; tokens end then too, but for those of `offline_access`.',
      ),
  })
  .prefault({});

/** Whether people make accounts themselves. */
export const signUp = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe(
        'Whether people may make accounts of their own (`prompt=create`, and a link where they sign in).',
      ),
  })
  .prefault({});
