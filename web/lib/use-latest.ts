import { type RefObject, useLayoutEffect, useRef } from 'react';

/** The newest value for callbacks that must not be recreated on every render. */
export function useLatest<T>(value: T): RefObject<T> {
  const latest = useRef(value);
  useLayoutEffect(() => {
    latest.current = value;
  });
  return latest;
}
