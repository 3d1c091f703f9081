import { expect, test } from 'vitest';
import { importInWords } from './imports';

const job = {
  id: 'i',
  name: 'conversations.json',
  format: 'chatgpt',
  total: 12,
  imported: 9,
  duplicates: 2,
  skipped: 0,
  error: null,
  problems: [],
  createdAt: '2026-11-25T23:30:00Z',
};

test.each([
  [{ status: 'queued' }, 'Waiting to begin'],
  [{ status: 'running' }, '9 imported, 2 already here of 12'],
  [{ status: 'running', total: null }, '9 imported, 2 already here'],
  [{ status: 'completed', skipped: 1 }, '9 imported, 2 already here, 1 skipped'],
  [{ status: 'failed', error: 'Not a zip file.' }, 'Not a zip file.'],
  [{ status: 'failed' }, 'The import failed.'],
] as const)('%o reads “%s”', (change, words) => {
  expect(importInWords({ ...job, ...change })).toBe(words);
});
