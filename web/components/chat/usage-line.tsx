import { useSession } from '@/components/shell/session';
import type { Usage } from '@/lib/chat-message';

/** What an answer took; nothing for a model that counts nothing. */
export function UsageLine({ usage }: { usage: Usage }) {
  const { locale } = useSession().locale;
  const count = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
  const read =
    (usage.inputTokens ?? 0) + (usage.cacheReadTokens ?? 0) + (usage.cacheWriteTokens ?? 0);
  if (read === 0 && !usage.outputTokens) return null;
  const cost = usage.costUsd
    ? new Intl.NumberFormat(locale, {
        style: 'currency',
        currency: 'USD',
        maximumSignificantDigits: 2,
      }).format(usage.costUsd)
    : null;
  return (
    <span className="px-2 text-xs tabular-nums" title="Tokens read and written for this answer">
      {count.format(read)} tokens in, {count.format(usage.outputTokens ?? 0)} out
      {cost && `, ${cost}`}
    </span>
  );
}
