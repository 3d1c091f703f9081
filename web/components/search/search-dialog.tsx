import Link from 'next/link';
import { Dialog } from 'radix-ui';
import { type KeyboardEvent, useCallback, useState } from 'react';
import { PagedList } from '@/components/shell/paged-list';
import { useSession } from '@/components/shell/session';
import { SearchIcon } from '@/components/ui/icons';
import { api } from '@/lib/api';
import type { Page, SearchHit } from '@/lib/api-types';
import { relativeTime } from '@/lib/dates';
import { markedPieces } from '@/lib/marked-text';
import { conversationPath } from '@/lib/paths';
import { useNow } from '@/lib/use-now';
import { usePages } from '@/lib/use-pages';
import { useSettled } from '@/lib/use-settled';

const NOTHING: Page<SearchHit> = { items: [], nextCursor: null };

function Snippet({ text }: { text: string }) {
  return (
    <span className="line-clamp-2 break-words text-muted-foreground text-xs" dir="auto">
      {markedPieces(text).map((piece, index) =>
        piece.isMatch ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces never change order
          <mark className="rounded-sm bg-warning/25 text-foreground" key={index}>
            {piece.text}
          </mark>
        ) : (
          piece.text
        ),
      )}
    </span>
  );
}

function Hit({ hit, onOpen }: { hit: SearchHit; onOpen: () => void }) {
  const { locale } = useSession().locale;
  const now = useNow();
  return (
    <Link
      className="flex flex-col gap-0.5 rounded-lg px-3 py-2 outline-none hover:bg-accent focus-visible:bg-accent"
      data-testid="search-hit"
      href={conversationPath(hit.conversationId)}
      onClick={onOpen}
      prefetch={false}
    >
      <span className="flex items-baseline gap-3 text-sm">
        <span className="min-w-0 flex-1 truncate font-medium" dir="auto">
          {hit.title || 'New conversation'}
        </span>
        <span className="shrink-0 text-muted-foreground text-xs">
          {relativeTime(new Date(hit.createdAt), now, locale)}
        </span>
      </span>
      <Snippet text={hit.snippet} />
    </Link>
  );
}

/** The arrow keys go from the field through the hits and back. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>('input, a')];
  const here = stops.indexOf(document.activeElement as HTMLElement);
  stops[Math.max(0, Math.min(here + step, stops.length - 1))]?.focus();
}

export function SearchDialog({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const q = useSettled(typed.trim());
  const list = usePages(
    useCallback(async (cursor: string | null) => (q === '' ? NOTHING : api.search(q, cursor)), [q]),
  );

  return (
    <Dialog.Root onOpenChange={(next) => next || onClose()} open>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 animate-[fade-in_120ms] bg-black/45" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[max(1rem,10dvh)] left-1/2 z-50 flex max-h-[min(80dvh,36rem)] w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 animate-[fade-in_120ms] flex-col rounded-2xl border bg-popover text-popover-foreground shadow-xl"
          onKeyDown={walk}
        >
          <Dialog.Title className="sr-only">Search your conversations</Dialog.Title>
          <div className="flex items-center gap-2.5 border-b px-4">
            <SearchIcon className="text-muted-foreground" />
            <input
              aria-label="Search your conversations"
              className="h-12 min-w-0 flex-1 bg-transparent text-base outline-none placeholder:text-muted-foreground"
              data-testid="search"
              dir="auto"
              onChange={(event) => setTyped(event.target.value)}
              placeholder="Search your conversations"
              value={typed}
            />
          </div>
          <div className="flex min-h-0 flex-col gap-2 overflow-y-auto p-2">
            <PagedList empty={q === '' ? undefined : 'Nothing was found.'} list={list}>
              {(items) => (
                <ul>
                  {items.map((hit) => (
                    <li key={hit.messageId}>
                      <Hit hit={hit} onOpen={onClose} />
                    </li>
                  ))}
                </ul>
              )}
            </PagedList>
            {q === '' && (
              <p className="px-3 py-2 text-muted-foreground text-sm">
                Every word must occur; their beginnings are enough.
              </p>
            )}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
