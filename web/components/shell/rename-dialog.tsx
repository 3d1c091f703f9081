import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Modal, ModalActions } from '@/components/ui/modal';
import type { Conversation } from '@/lib/api-types';
import { describeError } from '@/lib/problem';
import { useConversations } from './conversations';

type RenameDialogProps = { conversation: Conversation; onClose: () => void };

export function RenameDialog({ conversation, onClose }: RenameDialogProps) {
  const { rename } = useConversations();
  const [title, setTitle] = useState(conversation.title);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await rename(conversation.id, title.trim());
      onClose();
    } catch (error) {
      setProblem(describeError(error));
      setBusy(false);
    }
  };

  return (
    <Modal onClose={onClose} open title="Rename this conversation">
      <form className="mt-4" onSubmit={submit}>
        <Field
          autoFocus
          label="Title"
          maxLength={200}
          onChange={(event) => setTitle(event.target.value)}
          problem={problem}
          required
          value={title}
        />
        <ModalActions>
          <Button onClick={onClose} variant="outline">
            Cancel
          </Button>
          <Button busy={busy} disabled={title.trim() === ''} type="submit">
            Rename
          </Button>
        </ModalActions>
      </form>
    </Modal>
  );
}
