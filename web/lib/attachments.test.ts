import { expect, test } from 'vitest';
import { type Attachment, fileView, partOf, plainRefusal, readyParts } from './attachments';

const stored = { id: 'f1', name: 'a.png', url: '/api/files/f1', mediaType: 'image/png', size: 3 };

test('what the server would refuse for certain is not sent to it', () => {
  expect(plainRefusal({ size: 10 }, 0)).toBeNull();
  expect(plainRefusal({ size: 0 }, 0)).toContain('empty');
  expect(plainRefusal({ size: 21 * 1024 * 1024 }, 0)).toContain('20 MB');
  expect(plainRefusal({ size: 10 }, 10)).toContain('10 files');
});

test('only what has arrived goes into the message', () => {
  const file = { name: 'a.png', size: 3 };
  const all: Attachment[] = [
    { ...file, key: '1', state: { kind: 'uploading', share: 0.5 } },
    { ...file, key: '2', state: { kind: 'ready', part: partOf(stored) } },
    { ...file, key: '3', state: { kind: 'failed', problem: 'no' } },
  ];
  expect(readyParts(all)).toEqual([
    { type: 'file', mediaType: 'image/png', filename: 'a.png', url: '/api/files/f1' },
  ]);
});

test('only files of this server are shown or linked', () => {
  const part = partOf(stored);
  expect(fileView(part)).toBe('image');
  expect(fileView({ ...part, mediaType: 'application/pdf' })).toBe('link');
  expect(fileView({ ...part, mediaType: 'image/svg+xml' })).toBe('link');
  expect(fileView({ ...part, url: 'https://elsewhere.example/a.png' })).toBe('name');
  expect(fileView({ ...part, url: '/api/files/../me' })).toBe('name');
  expect(fileView({ ...part, url: 'data:image/png;base64,AA==' })).toBe('image');
  expect(fileView({ ...part, mediaType: 'text/html', url: 'data:text/html,x' })).toBe('name');
});
