/**
 * A random identifier in the form the server accepts. `crypto.randomUUID` only
 * exists on https and loopback; a server on a home network is often neither.
 */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
