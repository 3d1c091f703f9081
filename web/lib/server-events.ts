import { useEffect } from 'react';
import { useLatest } from './use-latest';

type Change = { kind: 'turn' | 'approval' | 'task'; id: string; conversationId?: string };
/** A change made elsewhere, or a time in which changes could not be heard of. */
export type ServerEvent = Change | { kind: 'missed' };

const KINDS = ['turn', 'approval', 'task'] as const;
const listeners = new Set<(event: ServerEvent) => void>();

function tell(event: ServerEvent): void {
  for (const listener of listeners) listener(event);
}

function deliver(kind: Change['kind'], data: string): void {
  let event: ServerEvent;
  try {
    event = { ...(JSON.parse(data) as { id: string; conversationId?: string }), kind };
  } catch {
    return;
  }
  tell(event);
}

/**
 * Listens to changes made elsewhere. Hidden tabs let go of the connection:
 * browsers allow only six per site over HTTP/1.1, shared by all tabs.
 */
export function connectServerEvents(): () => void {
  let source: EventSource | null = null;
  let wasOpen = false;
  const open = () => {
    source = new EventSource('/api/events');
    source.addEventListener('open', () => {
      if (wasOpen) tell({ kind: 'missed' });
      wasOpen = true;
    });
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => deliver(kind, event.data));
    }
  };
  const close = () => {
    source?.close();
    source = null;
  };
  const follow = () => {
    if (document.visibilityState === 'hidden') close();
    else if (!source || source.readyState === EventSource.CLOSED) {
      close();
      open();
    }
  };
  open();
  document.addEventListener('visibilitychange', follow);
  return () => {
    document.removeEventListener('visibilitychange', follow);
    close();
  };
}

/** For a server that announces nothing: whoever comes back to this tab wants to see what is new. */
export function watchReturns(): () => void {
  const look = () => {
    if (document.visibilityState === 'visible') tell({ kind: 'missed' });
  };
  document.addEventListener('visibilitychange', look);
  return () => document.removeEventListener('visibilitychange', look);
}

export function useServerEvent(handler: (event: ServerEvent) => void): void {
  const latest = useLatest(handler);
  useEffect(() => {
    const listener = (event: ServerEvent) => latest.current(event);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, [latest]);
}
