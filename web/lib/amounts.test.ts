import { expect, test } from 'vitest';
import { costInWords, sizeInWords, tokensRead } from './amounts';

test('an unknown cost is never shown as nothing', () => {
  expect(costInWords(null, 'en-US')).toBe('–');
  expect(costInWords(0, 'en-US')).toBe('$0.00');
  expect(costInWords(0.00123, 'en-US')).toBe('$0.0012');
  expect(costInWords(12.345, 'en-US')).toBe('$12.35');
});

test('what was read from the cache was read too', () => {
  expect(tokensRead({ inputTokens: 1, cacheReadTokens: 20, cacheWriteTokens: 300 })).toBe(321);
  expect(tokensRead({})).toBe(0);
});

test('sizes use the unit that fits', () => {
  expect([0, 999, 1000, 2_500_000].map((size) => sizeInWords(size, 'en-US'))).toEqual([
    '0 byte',
    '999 byte',
    '1 kB',
    '2.5 MB',
  ]);
});
