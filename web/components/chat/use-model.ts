import { useEffect, useState } from 'react';
import { useSession } from '@/components/shell/session';
import { api } from '@/lib/api';

/** Which model answers in a conversation; the server remembers what was chosen with a message. */
export function useModel(id: string, isNew: boolean) {
  const { models } = useSession().config;
  const [name, choose] = useState<string | null>(null);
  const isChoice = models.length > 1;

  useEffect(() => {
    if (isNew || !isChoice) return;
    // Without an answer the menu shows the default, and the server goes on with what it knows.
    api.conversation(id).then(
      ({ model }) => choose((current) => current ?? model),
      () => undefined,
    );
  }, [id, isNew, isChoice]);

  const chosen = models.find((model) => model.name === name)?.name;
  return { models, chosen, choose };
}

export type ModelChoice = ReturnType<typeof useModel>;
