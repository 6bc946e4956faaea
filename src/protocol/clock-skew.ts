/** Whoever states a time, a client or another node, may have a clock that is ahead of ours by this much. */
export const clockSkewSeconds = 60;
