'use client';

import { useCallback, useState } from 'react';
import { PageBody } from '@/components/shell/page-body';
import { PagedList } from '@/components/shell/paged-list';
import { inputClass } from '@/components/ui/field';
import { useToast } from '@/components/ui/toaster';
import { api } from '@/lib/api';
import type { Memory } from '@/lib/api-types';
import { describeError } from '@/lib/problem';
import { usePages } from '@/lib/use-pages';
import { useSettled } from '@/lib/use-settled';
import { MemoryForm } from './memory-form';
import { MemoryRow } from './memory-row';

export function MemoryPage() {
  const [typed, setTyped] = useState('');
  const q = useSettled(typed.trim());
  const list = usePages(
    useCallback((cursor: string | null) => api.memories(q, cursor), [q]),
    ['memory'],
  );
  const say = useToast();

  const attempt = async (act: () => Promise<unknown>) => {
    try {
      await act();
    } catch (error) {
      say(describeError(error), 'error');
    }
    await list.refresh();
  };
  const forget = (memory: Memory) =>
    attempt(async () => {
      await api.forgetMemory(memory.id);
      say('Forgotten.', 'info', {
        label: 'Undo',
        take: () => void attempt(() => api.restoreMemory(memory.id)),
      });
    });

  return (
    <PageBody
      description="What Smithers keeps in mind about you in every conversation."
      title="Memories"
    >
      <MemoryForm
        action="Remember"
        label="New memory"
        onSave={async (text) => {
          await api.addMemory(text);
          await list.refresh();
        }}
      />
      <input
        aria-label="Search memories"
        className={inputClass}
        onChange={(event) => setTyped(event.target.value)}
        placeholder="Search"
        type="search"
        value={typed}
      />
      <PagedList
        empty={q === '' ? 'Nothing yet. Say “remember that …” in a chat.' : 'Nothing matches.'}
        list={list}
      >
        {(items) => (
          <ul className="divide-y rounded-xl border bg-card">
            {items.map((memory) => (
              <MemoryRow
                key={memory.id}
                memory={memory}
                onChanged={list.refresh}
                onForget={() => forget(memory)}
              />
            ))}
          </ul>
        )}
      </PagedList>
    </PageBody>
  );
}
