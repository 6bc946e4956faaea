/**
 * The server with a clock that a message moves, as an operator or a time service moves the machine's: `Date.now` is all that
 * the server knows of it. What it does once a minute it does every half second.
 */
const machineTime = Date.now;
let offsetMs = 0;
Date.now = () => machineTime() + offsetMs;

const minute = 60_000;
const setMachineInterval = globalThis.setInterval;
const setQuickInterval = (work: () => void, ms: number): NodeJS.Timeout =>
  setMachineInterval(work, ms === minute ? 500 : ms);
globalThis.setInterval = setQuickInterval as typeof setInterval;

process.on('message', ({ advanceSeconds }: { readonly advanceSeconds: number }) => {
  offsetMs += advanceSeconds * 1000;
  process.send?.({ now: Date.now() });
});
process.on('disconnect', () => process.exit(1));

// Only now, so that whatever keeps a reference to the clock keeps this one.
const { runServer } = await import('../../src/server.ts');
await runServer();
