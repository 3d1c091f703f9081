import { useEffect, useRef } from 'react';
import { useLatest } from './use-latest';

const KINDS = [
  'turn',
  'approval',
  'task',
  'meeting',
  'memory',
  'conversation',
  'import',
  'connection',
] as const;
export type ChangeKind = (typeof KINDS)[number];
export type Change = { kind: ChangeKind; id: string; conversationId?: string };
/** A change made elsewhere, or a time in which changes could not be heard of. */
export type ServerEvent = Change | { kind: 'missed' };

const listeners = new Set<(event: ServerEvent) => void>();

function tell(event: ServerEvent): void {
  for (const listener of listeners) listener(event);
}

function deliver(kind: ChangeKind, data: string): void {
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
    source.addEventListener('reset', () => tell({ kind: 'missed' }));
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

function useServerEvent(handler: (event: ServerEvent) => void): void {
  const latest = useLatest(handler);
  useEffect(() => {
    const listener = (event: ServerEvent) => latest.current(event);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, [latest]);
}

// A turn or an import announces many changes in a row; one look answers them all.
const GATHER_MS = 300;

/** Looks again soon after changes that concern the caller, or after some may have been missed. */
export function useServerChanges(concerns: (event: Change) => boolean, look: () => void): void {
  const latest = useLatest(look);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useServerEvent((event) => {
    if (event.kind !== 'missed' && !concerns(event)) return;
    // An earlier look may have begun before this change; only one that is still to come counts.
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      latest.current();
    }, GATHER_MS);
  });
}
