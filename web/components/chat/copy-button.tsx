import { useState } from 'react';
import { IconButton } from '@/components/ui/button';
import { CheckIcon, CopyIcon } from '@/components/ui/icons';
import { useToast } from '@/components/ui/toaster';

const SHOWN_FOR_MS = 1500;

export function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const say = useToast();
  const copy = async () => {
    try {
      // Browsers offer no clipboard to pages that are not served securely.
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), SHOWN_FOR_MS);
    } catch {
      say('The browser did not allow copying.', 'error');
    }
  };
  return (
    <IconButton label={copied ? 'Copied' : 'Copy message'} onClick={copy}>
      {copied ? <CheckIcon /> : <CopyIcon />}
    </IconButton>
  );
}
