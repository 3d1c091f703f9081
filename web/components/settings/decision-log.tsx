import Link from 'next/link';
import { PagedList } from '@/components/shell/paged-list';
import { useSession } from '@/components/shell/session';
import { api } from '@/lib/api';
import { relativeTime } from '@/lib/dates';
import { conversationPath } from '@/lib/paths';
import { decisionInWords } from '@/lib/permissions';
import { toolInWords } from '@/lib/tool-words';
import { useNow } from '@/lib/use-now';
import { usePages } from '@/lib/use-pages';

export function DecisionLog() {
  const list = usePages(api.decisions, ['approval']);
  const { locale } = useSession().locale;
  const now = useNow();
  return (
    <PagedList empty="Nothing has been decided yet." list={list}>
      {(items) => (
        <ul className="divide-y rounded-xl border bg-card">
          {items.map((decision) => (
            <li
              className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-3 py-2 text-sm sm:px-4"
              data-testid="decision"
              key={decision.id}
            >
              <Link
                className="font-medium underline-offset-4 hover:underline"
                href={conversationPath(decision.conversationId)}
                prefetch={false}
              >
                {toolInWords(decision.tool)}
              </Link>
              <span className="text-muted-foreground">{decisionInWords(decision)}</span>
              <time className="ml-auto text-muted-foreground text-xs" dateTime={decision.at}>
                {relativeTime(new Date(decision.at), now, locale)}
              </time>
            </li>
          ))}
        </ul>
      )}
    </PagedList>
  );
}
