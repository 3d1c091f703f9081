/** The id in `/c/<id>`; null on every other path and on the build-time placeholder. */
export function conversationIdFromPath(pathname: string): string | null {
  const match = /^\/c\/([A-Za-z0-9_-]{1,64})\/?$/.exec(pathname);
  const id = match?.[1];
  return id && id !== '_' ? id : null;
}

export function conversationPath(id: string): string {
  return `/c/${encodeURIComponent(id)}`;
}

/** Where to go after signing in: only a path of this site, never another origin. */
export function safeReturnPath(next: string | null): string {
  if (!next || !/^\/(?![/\\])/.test(next) || /[\\\s]/.test(next)) return '/';
  return next.startsWith('/sign-in') || next.startsWith('/setup') ? '/' : next;
}

export function signInPath(from: string): string {
  const next = safeReturnPath(from);
  return next === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`;
}
