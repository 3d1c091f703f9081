import { useSession } from '@/components/shell/session';
import { costInWords, tokensRead } from '@/lib/amounts';
import type { Usage } from '@/lib/chat-message';

/** What an answer took; nothing for a model that counts nothing. */
export function UsageLine({ usage }: { usage: Usage }) {
  const { locale } = useSession().locale;
  const count = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
  const read = tokensRead(usage);
  if (read === 0 && !usage.outputTokens) return null;
  return (
    <span className="px-2 text-xs tabular-nums" title="Tokens read and written for this answer">
      {count.format(read)} tokens in, {count.format(usage.outputTokens ?? 0)} out
      {usage.costUsd ? `, ${costInWords(usage.costUsd, locale)}` : ''}
    </span>
  );
}
