/** What follows the end of one request. */
export type Conclusion = 'done' | 'look-again' | 'wait-and-look';

type Control = {
  /** Whether something newer has taken over. */
  isOutdated: () => boolean;
  /** Whether another look was asked for since the last call. */
  takeRequest: () => boolean;
  pause: () => Promise<void>;
};

/** Goes from request to request until the turn is over and nobody asks for another look. */
export async function followTurn(
  first: () => Promise<Conclusion>,
  look: () => Promise<Conclusion>,
  { isOutdated, takeRequest, pause }: Control,
): Promise<void> {
  let next = await first();
  while (!isOutdated()) {
    const isAsked = takeRequest();
    if (next === 'done' && !isAsked) return;
    if (next === 'wait-and-look') await pause();
    if (isOutdated()) return;
    next = await look();
  }
}
