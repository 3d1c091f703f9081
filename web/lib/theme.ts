import { useSyncExternalStore } from 'react';
import { DARK_SYSTEM, THEME_KEY as KEY } from './theme-script';

type Theme = 'light' | 'dark';
const listeners = new Set<() => void>();

function storedTheme(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function systemTheme(): Theme {
  return matchMedia(DARK_SYSTEM).matches ? 'dark' : 'light';
}

function apply(): void {
  const stored = storedTheme();
  const theme = stored === 'dark' || stored === 'light' ? stored : systemTheme();
  document.documentElement.classList.toggle('dark', theme === 'dark');
  for (const listener of listeners) listener();
}

function shownTheme(): Theme {
  return document.documentElement.classList.contains('dark') ? 'dark' : 'light';
}

function subscribe(listener: () => void): () => void {
  const system = matchMedia(DARK_SYSTEM);
  listeners.add(listener);
  system.addEventListener('change', apply);
  window.addEventListener('storage', apply);
  return () => {
    listeners.delete(listener);
    system.removeEventListener('change', apply);
    window.removeEventListener('storage', apply);
  };
}

/** Choosing what the system already has means following the system again. */
export function toggleTheme(): void {
  const next: Theme = shownTheme() === 'dark' ? 'light' : 'dark';
  try {
    if (next === systemTheme()) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
    apply();
  } catch {
    document.documentElement.classList.toggle('dark', next === 'dark');
    for (const listener of listeners) listener();
  }
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, shownTheme, () => 'light');
}
