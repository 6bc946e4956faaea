import { z } from 'zod';

const time = z.string().meta({ format: 'date-time' });

/** What became of one notice, as every answer shows it. */
export const logoutNoticeShown = z.object({
  state: z.enum(['pending', 'delivered', 'failed']).meta({
    description: '`failed`: the client has refused it, or it was tried too often or for too long.',
  }),
  account_id: z
    .string()
    .meta({ description: 'The person whose sign-in ended: the `sub` that the client knows.' }),
  ended_at: time,
  attempts: z.int(),
  last_fault: z.string().nullable().meta({
    description: 'Why the last attempt failed, such as `timeout`, `status 500` or `refused`; null: none did.',
  }),
  next_attempt_at: time.nullable().meta({ description: 'Null: there is none any more.' }),
  settled_at: time.nullable().meta({ description: 'When it was delivered or given up; null: neither yet.' }),
});

/** What became of one notice, in the words of the wire. */
export type WireLogoutNotice = z.infer<typeof logoutNoticeShown>;
