// Unsent text survives a reload, a crash of the server and a forced sign-in.
// Storage can be unavailable (private windows, full quota); typing must still work.
const PREFIX = 'smithers-draft:';

export function readDraft(key: string): string {
  try {
    return sessionStorage.getItem(PREFIX + key) ?? '';
  } catch {
    return '';
  }
}

export function writeDraft(key: string, text: string): void {
  try {
    if (text === '') sessionStorage.removeItem(PREFIX + key);
    else sessionStorage.setItem(PREFIX + key, text);
  } catch {
    return;
  }
}
