import type { Unconcerned } from './cells.ts';

const because = (reason: string): Unconcerned => ({ because: reason });

/** Why rules do not concern columns. */
export const reasons = {
  noPerson: because('No person has a part in it.'),
  noProof: because('The client proves nothing here.'),
  given: because('What was given stays as it was given, for as long as it was given for.'),
  alive: because('A sign-in goes on until something ends it, and this does not.'),
  ending: because('Whoever was given a token may always end it.'),
  accepted: because('What the client proves suffices.'),
  leaving: because('Signing out is open to every client that is enabled.'),
  atTheDoor: because('It is about how authorization is asked for, and nobody asks here.'),
  noCode: because('No code is given.'),
  noAccessToken: because('No access token is given.'),
  noIdToken: because('No ID token is given.'),
  noRefreshToken: because('No refresh token is given.'),
  shown: because('It is shown to people who are asked, and decides nothing.'),
  notAsked: because('Nobody is asked here, or was asked before.'),
  otherScope: because('It takes another scope, or none.'),
  notUserinfo: because('It is about the answer of userinfo.'),
  atTheEnd: because('It concerns the end of a session alone.'),
  otherGrant: because('It takes another grant type.'),
  noMechanism: because('Nothing here takes it.'),
  administration: because('It is about who manages the client.'),
} as const;
