import { type Clock, secondsAfter } from '../kernel/clock.ts';
import { isUuid, orderedUuid } from '../kernel/random.ts';
import type { Browser } from './browser.ts';
import type { Interaction, InteractionState } from './interaction.ts';
import type { InteractionStore } from './interaction-store.ts';
import { PageError } from './page-error.ts';

/** How long a person may take. */
const lifetimeSeconds = 3600;

/** What waits for people, each bound to the browser that it began in. */
export interface Interactions {
  readonly begin: (browser: Browser, state: InteractionState) => Promise<Interaction>;
  /** @throws PageError `expired` for everything that does not belong to this browser, or not any more */
  readonly open: (id: string | undefined, browser: Browser) => Promise<Interaction>;
  /** Goes on waiting, with another state. @throws PageError `answered` when something else was first */
  readonly advance: (interaction: Interaction, state: InteractionState) => Promise<Interaction>;
  /** Ends the waiting; only who ends it may go on. @throws PageError `answered` when something else was first */
  readonly take: (interaction: Interaction) => Promise<void>;
  /** The same where that is found out on the way: whoever asks first takes it, and all who ask get what came of it. */
  readonly claimOn: (interaction: Interaction) => Claim;
  /** Waits again for more, after `take`. */
  readonly resume: (interaction: Interaction, state: InteractionState) => Promise<Interaction>;
}

/** The right to go on with an interaction. */
export interface Claim {
  /** False: something else was first. */
  readonly make: () => Promise<boolean>;
  /** Whether it was asked for. */
  readonly isMade: () => boolean;
}

/** Makes it. */
export function createInteractions(deps: {
  readonly store: InteractionStore;
  readonly clock: Clock;
}): Interactions {
  const { store, clock } = deps;
  const kind = 'sign-in';

  const insert = async (interaction: Interaction): Promise<Interaction> => {
    const outcome = await store.insert({ ...interaction, kind });
    if (outcome === 'exists') throw new Error('an interaction came back that was taken');
    return interaction;
  };

  const isTaken = async (interaction: Interaction) => (await store.take(interaction)) === 'taken';

  return {
    begin: ({ secretHash }, state) =>
      insert({
        id: orderedUuid(),
        browserHash: secretHash,
        revision: 1,
        state,
        expiresAt: secondsAfter(clock.now(), lifetimeSeconds),
      }),
    async open(id, { secretHash }) {
      const stored = id !== undefined && isUuid(id) ? await store.load(id) : undefined;
      const isOpen =
        stored?.kind === kind && stored.browserHash === secretHash && clock.now() < stored.expiresAt;
      if (!isOpen) throw new PageError('expired');
      return { ...stored, state: stored.state as InteractionState };
    },
    async advance(interaction, state) {
      const next = { ...interaction, revision: interaction.revision + 1, state };
      if ((await store.advance(next)) === 'conflict') throw new PageError('answered');
      return next;
    },
    async take(interaction) {
      if (!(await isTaken(interaction))) throw new PageError('answered');
    },
    claimOn(interaction) {
      let made: Promise<boolean> | undefined;
      return {
        make: () => {
          made ??= isTaken(interaction);
          return made;
        },
        isMade: () => made !== undefined,
      };
    },
    resume: (interaction, state) => insert({ ...interaction, revision: interaction.revision + 1, state }),
  };
}
