import type { TokenCounts } from './api-types';

/** What an unknown or missing amount is shown as. */
export const UNKNOWN = '–';

export function costInWords(costUsd: number | null | undefined, locale?: string): string {
  if (costUsd === null || costUsd === undefined) return UNKNOWN;
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    ...(costUsd > 0 && costUsd < 1 ? { maximumSignificantDigits: 2 } : {}),
  }).format(costUsd);
}

/** Everything the model read, whether it was remembered from before or not. */
export function tokensRead(
  counts: Partial<Pick<TokenCounts, 'inputTokens' | 'cacheReadTokens' | 'cacheWriteTokens'>>,
): number {
  const { inputTokens = 0, cacheReadTokens = 0, cacheWriteTokens = 0 } = counts;
  return inputTokens + cacheReadTokens + cacheWriteTokens;
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

export function sizeInWords(bytes: number, locale?: string): string {
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log(bytes) / Math.log(1000)), 3);
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: UNITS[step] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: step < 2 ? 0 : 1,
  }).format(bytes / 1000 ** step);
}
