import { useCallback, useEffect, useRef, useState } from 'react';
import { api } from '@/lib/api';
import { type Attachment, partOf, plainRefusal, readyParts, storedFileId } from '@/lib/attachments';
import type { FilePart } from '@/lib/chat-message';
import { newId } from '@/lib/id';
import { ApiError, describeError } from '@/lib/problem';
import { useLatest } from '@/lib/use-latest';

function refusal(error: unknown): string {
  return (error instanceof ApiError && error.field('file')) || describeError(error);
}

/** The files of the next message. Each is uploaded at once, so that sending waits for nothing. */
export function useAttachments() {
  const [items, setItems] = useState<Attachment[]>([]);
  const latest = useLatest(items);
  const uploads = useRef(new Map<string, AbortController>());
  useEffect(() => {
    const { current } = uploads;
    return () => {
      for (const upload of current.values()) upload.abort();
    };
  }, []);

  const upload = useCallback(async (key: string, file: File) => {
    const controller = new AbortController();
    uploads.current.set(key, controller);
    const become = (state: Attachment['state']) =>
      setItems((all) => all.map((one) => (one.key === key ? { ...one, state } : one)));
    try {
      const progress = (share: number) => become({ kind: 'uploading', share });
      const stored = await api.uploadFile(file, progress, controller.signal);
      become({ kind: 'ready', part: partOf(stored) });
    } catch (error) {
      become({ kind: 'failed', problem: refusal(error) });
    } finally {
      uploads.current.delete(key);
    }
  }, []);

  const add = useCallback(
    (files: Iterable<File>) => {
      let already = latest.current.filter(({ state }) => state.kind !== 'failed').length;
      for (const file of files) {
        const problem = plainRefusal(file, already);
        const key = newId();
        const state = problem
          ? ({ kind: 'failed', problem } as const)
          : ({ kind: 'uploading', share: 0 } as const);
        setItems((all) => [...all, { key, name: file.name, size: file.size, state }]);
        if (problem) continue;
        already += 1;
        void upload(key, file);
      }
    },
    [latest, upload],
  );
  const remove = ({ key, state }: Attachment) => {
    uploads.current.get(key)?.abort();
    setItems((all) => all.filter((one) => one.key !== key));
    const id = state.kind === 'ready' ? storedFileId(state.part.url) : null;
    // The server removes what is left behind after a day.
    if (id) api.deleteFile(id).catch(() => undefined);
  };
  /** Hands over what has arrived; what failed goes, as the person has seen it. */
  const take = (): FilePart[] => {
    setItems([]);
    return readyParts(items);
  };
  const restore = (parts: FilePart[]) => {
    const restored = parts.map((part) => ({
      key: newId(),
      name: part.filename ?? 'File',
      size: null,
      state: { kind: 'ready', part } as const,
    }));
    setItems((all) => [...restored, ...all]);
  };

  return {
    items,
    isUploading: items.some(({ state }) => state.kind === 'uploading'),
    hasReady: items.some(({ state }) => state.kind === 'ready'),
    add,
    remove,
    take,
    restore,
  };
}

export type Attachments = ReturnType<typeof useAttachments>;
