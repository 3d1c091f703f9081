import { useState } from 'react';
import { useSession } from '@/components/shell/session';
import { IconButton } from '@/components/ui/button';
import { PencilIcon, TrashIcon } from '@/components/ui/icons';
import { api } from '@/lib/api';
import type { Memory } from '@/lib/api-types';
import { relativeTime } from '@/lib/dates';
import { useNow } from '@/lib/use-now';
import { MemoryForm } from './memory-form';

type MemoryRowProps = {
  memory: Memory;
  onChanged: () => Promise<void>;
  onForget: () => void;
};

export function MemoryRow({ memory, onChanged, onForget }: MemoryRowProps) {
  const [editing, setEditing] = useState(false);
  const { locale } = useSession().locale;
  const now = useNow();

  const save = async (text: string) => {
    await api.changeMemory(memory.id, text);
    await onChanged();
    setEditing(false);
  };
  if (editing) {
    return (
      <li className="flex px-3 py-3 sm:px-4">
        <MemoryForm
          action="Save"
          initialText={memory.text}
          label="Edit memory"
          onCancel={() => setEditing(false)}
          onSave={save}
        />
      </li>
    );
  }
  return (
    <li className="flex items-center gap-1 px-3 py-2 sm:px-4" data-testid="memory">
      <div className="min-w-0 flex-1 py-1">
        <p className="whitespace-pre-wrap break-words text-sm" dir="auto">
          {memory.text}
        </p>
        <p className="mt-0.5 text-muted-foreground text-xs">
          {relativeTime(new Date(memory.createdAt), now, locale)}
        </p>
      </div>
      <IconButton
        className="text-muted-foreground"
        label={`Edit ${memory.text}`}
        onClick={() => setEditing(true)}
      >
        <PencilIcon />
      </IconButton>
      <IconButton
        className="text-muted-foreground"
        label={`Forget ${memory.text}`}
        onClick={onForget}
      >
        <TrashIcon />
      </IconButton>
    </li>
  );
}
