import { expect, test } from 'vitest';
import { markedPieces } from './marked-text';

test('marks become pieces and entities become characters', () => {
  expect(markedPieces('send the <mark>offer</mark> &amp; &lt;b&gt; &#39;now&#39;')).toEqual([
    { text: 'send the ', isMatch: false },
    { text: 'offer', isMatch: true },
    { text: " & <b> 'now'", isMatch: false },
  ]);
});

test('no other element is ever made, and nothing is unescaped twice', () => {
  const hostile = '&lt;img onerror=x&gt;<img src=y>&amp;lt;mark&amp;gt;';
  expect(markedPieces(hostile)).toEqual([
    { text: '<img onerror=x><img src=y>&lt;mark&gt;', isMatch: false },
  ]);
});

test('an open mark reaches to the end', () => {
  expect(markedPieces('<mark>all')).toEqual([{ text: 'all', isMatch: true }]);
  expect(markedPieces('')).toEqual([]);
});
