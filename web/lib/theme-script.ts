export const THEME_KEY = 'smithers-theme';
export const DARK_SYSTEM = '(prefers-color-scheme: dark)';

/** Runs before the first paint, so that a dark page never flashes white. */
export const themeScript = `try{var t=localStorage.getItem('${THEME_KEY}')}catch(e){}document.documentElement.classList.toggle('dark',t?t==='dark':matchMedia('${DARK_SYSTEM}').matches)`;
