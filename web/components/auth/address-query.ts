import { useEffect, useState } from 'react';

/**
 * Reads the query once after mounting; null until then. A one-use token is taken
 * out of the address, so that it stays neither in the history nor in a bookmark.
 */
export function useAddressQuery(): URLSearchParams | null {
  const [query, setQuery] = useState<URLSearchParams | null>(null);
  useEffect(() => {
    const found = new URLSearchParams(window.location.search);
    setQuery((earlier) => earlier ?? found);
    if (!found.has('token')) return;
    const rest = new URLSearchParams(found);
    rest.delete('token');
    const search = rest.toString();
    window.history.replaceState(null, '', window.location.pathname + (search && `?${search}`));
  }, []);
  return query;
}
