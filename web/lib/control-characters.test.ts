import { expect, test } from 'vitest';
import { showHiddenCharacters } from './control-characters';

test('direction overrides and other invisible characters are spelled out', () => {
  expect(showHiddenCharacters('invoice\u202Efdp.exe')).toBe('invoice⟨U+202E⟩fdp.exe');
  expect(showHiddenCharacters('a\u200Bb\u2066c\u0000d\u{E0041}e')).toBe(
    'a⟨U+200B⟩b⟨U+2066⟩c⟨U+0000⟩d⟨U+E0041⟩e',
  );
});

test('ordinary writing stays as it is', () => {
  const text = 'Tab\tand\nlines, emoji 👩‍👩‍👧, Persian می‌خواهم, Hebrew שלום';
  expect(showHiddenCharacters(text)).toBe(text);
  expect(showHiddenCharacters('one\r\ntwo')).toBe('one\ntwo');
});
