import { ChevronIcon } from '@/components/ui/icons';
import { Markdown } from './markdown';

export function Reasoning({ text, isThinking }: { text: string; isThinking: boolean }) {
  if (text === '') return null;
  return (
    <details className="group/fold">
      <summary className="inline-flex select-none list-none items-center gap-1.5 rounded-md text-muted-foreground text-sm hover:text-foreground">
        <ChevronIcon className="transition-transform group-open/fold:rotate-90" />
        {isThinking ? 'Thinking' : 'Thoughts'}
      </summary>
      <div className="mt-2 ml-2 border-l-2 pl-4 text-muted-foreground text-sm">
        <Markdown text={text} />
      </div>
    </details>
  );
}
