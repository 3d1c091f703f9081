import { useEffect } from 'react';
import { useLatest } from '@/lib/use-latest';

/** Ctrl+K, or ⌘K where that is the custom. */
export function useSearchKey(onPress: () => void): void {
  const latest = useLatest(onPress);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const isChord = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      if (!isChord || event.key.toLowerCase() !== 'k') return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [latest]);
}
