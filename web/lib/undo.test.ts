import { expect, test } from 'vitest';
import { undoOf } from './undo';

test('remembering and forgetting can be taken back', () => {
  expect(undoOf({ id: 'm', text: 'Tea', createdAt: '', undo: 'forget' })).toEqual({
    kind: 'forget',
    id: 'm',
    text: 'Tea',
  });
  expect(undoOf({ forgotten: true, id: 'm', text: 'Tea', undo: 'restore' })?.kind).toBe('restore');
});

test('other results cannot', () => {
  for (const output of [
    null,
    'undo',
    {},
    { undo: 'delete', id: 'm', text: '' },
    { undo: 'forget' },
  ]) {
    expect(undoOf(output)).toBeNull();
  }
});
