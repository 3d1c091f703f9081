import { ExternalIcon } from '@/components/ui/icons';
import type { ChatMessage } from '@/lib/chat-message';
import { showHiddenCharacters } from '@/lib/control-characters';

/** The pages that an answer rests on. */
export function Sources({ message }: { message: ChatMessage }) {
  const sources = message.parts.filter((part) => part.type === 'source-url');
  if (sources.length === 0) return null;
  return (
    <ul aria-label="Sources" className="flex flex-wrap gap-2 text-sm" data-testid="sources">
      {sources.map(({ sourceId, url, title }) => (
        <li className="min-w-0 max-w-full" key={sourceId}>
          <a
            className="inline-flex max-w-full items-center gap-1.5 rounded-full border bg-card px-3 py-1 hover:bg-accent"
            href={url}
            rel="noopener noreferrer"
            target="_blank"
            title={url}
          >
            <span className="truncate" dir="auto">
              {showHiddenCharacters(title || url)}
            </span>
            <ExternalIcon className="size-3.5 shrink-0 text-muted-foreground" />
          </a>
        </li>
      ))}
    </ul>
  );
}
