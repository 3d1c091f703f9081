import { useCallback, useEffect, useRef, useState } from 'react';
import { Button } from '@/components/ui/button';
import { useLatest } from '@/lib/use-latest';

const EARLY_PX = 400;

type MoreConversationsProps = { failed: boolean; onMore: () => Promise<void> };

/** The end of the list so far: more is loaded as it comes near, or when asked for. */
export function MoreConversations({ failed, onMore }: MoreConversationsProps) {
  const end = useRef<HTMLLIElement>(null);
  const [busy, setBusy] = useState(false);
  const latest = useLatest(onMore);
  const load = useCallback(async () => {
    setBusy(true);
    await latest.current();
    setBusy(false);
  }, [latest]);

  useEffect(() => {
    // After a failure only the person asks again. A fresh observer reports at
    // once, so a page that does not fill the list is followed by the next.
    if (!end.current || failed || busy) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) void load();
      },
      { root: end.current.parentElement, rootMargin: `${EARLY_PX}px` },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [failed, busy, load]);

  return (
    <li ref={end}>
      <Button
        busy={busy}
        className="w-full text-muted-foreground"
        onClick={load}
        size="small"
        variant="ghost"
      >
        Load more
      </Button>
    </li>
  );
}
