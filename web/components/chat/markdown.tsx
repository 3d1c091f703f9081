import { memo } from 'react';
import { harden } from 'rehype-harden';
import { defaultRehypePlugins, Streamdown, type StreamdownProps } from 'streamdown';
import { Button } from '@/components/ui/button';
import { Modal, ModalActions } from '@/components/ui/modal';
import { showHiddenCharacters } from '@/lib/control-characters';

// Text from a model can be steered by whatever it has read. An image would send
// data to another host merely by being shown, so none is; links ask first.
const LOCKED: NonNullable<StreamdownProps['rehypePlugins']> = [
  ...[defaultRehypePlugins.raw, defaultRehypePlugins.sanitize].filter(
    (plugin) => plugin !== undefined,
  ),
  [
    harden,
    {
      allowedImagePrefixes: [],
      allowedLinkPrefixes: ['*'],
      allowedProtocols: ['http:', 'https:', 'mailto:'],
      allowDataImages: false,
      defaultOrigin: 'https://smithers.invalid',
    },
  ],
];

const CONTROLS: StreamdownProps['controls'] = {
  code: { copy: true, download: false },
  table: false,
  mermaid: false,
  image: false,
};

const LINKS: StreamdownProps['linkSafety'] = {
  enabled: true,
  renderModal: ({ isOpen, onClose, onConfirm, url }) => (
    <Modal
      description={
        <>
          This link leads outside Smithers:
          <code className="mt-2 block break-all rounded-lg bg-muted px-3 py-2 font-mono text-foreground text-xs">
            {showHiddenCharacters(url)}
          </code>
        </>
      }
      onClose={onClose}
      open={isOpen}
      title="Open this link?"
    >
      <ModalActions>
        <Button onClick={onClose} variant="outline">
          Cancel
        </Button>
        <Button
          onClick={() => {
            onConfirm();
            onClose();
          }}
        >
          Open link
        </Button>
      </ModalActions>
    </Modal>
  ),
};

export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return (
    <Streamdown
      className="min-w-0 break-words leading-relaxed"
      controls={CONTROLS}
      dir="auto"
      lineNumbers={false}
      linkSafety={LINKS}
      rehypePlugins={LOCKED}
    >
      {text}
    </Streamdown>
  );
});
