import { type ReactNode, useState } from 'react';
import { describeError } from '@/lib/problem';
import { Button } from './button';
import { Modal, ModalActions } from './modal';

type ConfirmProps = {
  open: boolean;
  onClose: () => void;
  title: string;
  description: ReactNode;
  action: string;
  danger?: boolean;
  onConfirm: () => Promise<void> | void;
};

export function Confirm({
  open,
  onClose,
  title,
  description,
  action,
  danger,
  onConfirm,
}: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const close = () => {
    setProblem(null);
    onClose();
  };
  const confirm = async () => {
    setBusy(true);
    try {
      await onConfirm();
      close();
    } catch (error) {
      setProblem(describeError(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Modal description={description} onClose={close} open={open} title={title}>
      {problem && (
        <p className="mt-3 text-destructive text-sm" role="alert">
          {problem}
        </p>
      )}
      <ModalActions>
        <Button onClick={close} variant="outline">
          Cancel
        </Button>
        <Button busy={busy} onClick={confirm} variant={danger ? 'danger' : 'primary'}>
          {action}
        </Button>
      </ModalActions>
    </Modal>
  );
}
