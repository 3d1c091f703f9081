import { expect, test } from 'vitest';
import { conversationIdFromPath, safeReturnPath, signInPath } from './paths';

test('the id comes from the address, not from the placeholder', () => {
  expect(conversationIdFromPath('/c/abc-1_2')).toBe('abc-1_2');
  for (const path of ['/', '/c/', '/c/_', '/c/a/b', '/c/a%20b', '/tasks']) {
    expect(conversationIdFromPath(path)).toBeNull();
  }
});

test('signing in never leads to another site', () => {
  for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', '', null]) {
    expect(safeReturnPath(next)).toBe('/');
  }
  expect(safeReturnPath('/c/abc')).toBe('/c/abc');
  expect(safeReturnPath('/sign-in?next=/sign-in')).toBe('/');
  expect(signInPath('/tasks')).toBe('/sign-in?next=%2Ftasks');
});
