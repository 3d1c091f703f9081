import { type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { IconButton } from '@/components/ui/button';
import { ArrowDownIcon } from '@/components/ui/icons';

const NEAR_END_PX = 80;

/** Stays at the end while content grows, unless the person has scrolled up to read. */
export function ScrollPane({ follow, children }: { follow: unknown; children: ReactNode }) {
  const pane = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const sticks = useRef(true);
  const [isAway, setIsAway] = useState(false);

  const toEnd = useCallback(() => {
    const element = pane.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, []);
  const observe = () => {
    const element = pane.current;
    if (!element) return;
    const distance = element.scrollHeight - element.scrollTop - element.clientHeight;
    sticks.current = distance < NEAR_END_PX;
    setIsAway(!sticks.current);
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: `follow` says when content changed
  useLayoutEffect(() => {
    if (sticks.current) toEnd();
  }, [follow, toEnd]);
  useEffect(() => {
    if (!content.current || !pane.current) return;
    const observer = new ResizeObserver(() => {
      if (sticks.current) toEnd();
    });
    observer.observe(content.current);
    observer.observe(pane.current);
    return () => observer.disconnect();
  }, [toEnd]);

  return (
    <div className="relative min-h-0 flex-1">
      <div className="h-full overflow-y-auto overscroll-contain" onScroll={observe} ref={pane}>
        <div ref={content}>{children}</div>
      </div>
      {isAway && (
        <IconButton
          className="absolute bottom-3 left-1/2 -translate-x-1/2 shadow-md"
          size="round"
          variant="outline"
          label="Go to the newest message"
          onClick={() => {
            sticks.current = true;
            toEnd();
          }}
        >
          <ArrowDownIcon />
        </IconButton>
      )}
    </div>
  );
}
