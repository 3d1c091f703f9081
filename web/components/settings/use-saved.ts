import { useEffect, useState } from 'react';
import { useToast } from '@/components/ui/toaster';
import { describeError } from '@/lib/problem';

/** A whole that is read once and put back with every change; both functions must be stable. */
export function useSaved<T>(read: () => Promise<T>, write: (value: T) => Promise<T>) {
  const [value, setValue] = useState<T | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const say = useToast();

  useEffect(() => {
    read().then(setValue, (error: unknown) => setFailure(describeError(error)));
  }, [read]);

  const save = async (next: T): Promise<boolean> => {
    setBusy(true);
    try {
      setValue(await write(next));
      return true;
    } catch (error) {
      say(describeError(error), 'error');
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { value, failure, busy, save };
}
