import { expect, test } from 'vitest';
import { type Conclusion, followTurn } from './follow-turn';

async function walk(conclusions: Conclusion[], requestsAt: number[] = [], outdatedAt = 99) {
  let looks = 0;
  let pauses = 0;
  const next = async () => conclusions[looks++] ?? 'done';
  await followTurn(next, next, {
    isOutdated: () => looks >= outdatedAt,
    takeRequest: () => requestsAt.includes(looks),
    pause: async () => {
      pauses += 1;
    },
  });
  return { looks, pauses };
}

test('one request is enough when the turn ended in it', async () => {
  expect(await walk(['done'])).toEqual({ looks: 1, pauses: 0 });
});

test('a cut stream is taken up again after a pause', async () => {
  expect(await walk(['wait-and-look', 'wait-and-look', 'done'])).toEqual({ looks: 3, pauses: 2 });
});

test('a decision made meanwhile asks for one more look', async () => {
  expect(await walk(['done', 'done'], [1])).toEqual({ looks: 2, pauses: 0 });
});

test('something newer ends it at once', async () => {
  expect(await walk(['wait-and-look', 'done'], [], 1)).toEqual({ looks: 1, pauses: 0 });
});
