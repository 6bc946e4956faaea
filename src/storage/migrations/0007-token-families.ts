import type { Kysely, Migration } from 'kysely';

/** Refresh tokens show which family they belong to, so that not every one that was rotated has to stay. */
export const tokenFamilies: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema.alterTable('refresh_tokens').addColumn('family', 'text').execute();
    await schema
      .alterTable('refresh_tokens')
      .addColumn('generation', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
  },
};
