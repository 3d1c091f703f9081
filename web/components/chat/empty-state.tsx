import { useSession } from '@/components/shell/session';
import { Logo } from '@/components/ui/icons';

const EXAMPLES = [
  'Add a task to send the offer by Friday',
  'What is on my list?',
  'What is due this week?',
  'Remind me to call Anna tomorrow',
];

function greeting(hour: number): string {
  if (hour < 5) return 'Good evening';
  if (hour < 12) return 'Good morning';
  return hour < 18 ? 'Good afternoon' : 'Good evening';
}

type EmptyStateProps = { disabled: boolean; onPick: (text: string) => void };

export function EmptyState({ disabled, onPick }: EmptyStateProps) {
  const { me } = useSession();
  const firstName = me.name.trim().split(/\s+/)[0];
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-y-auto px-4">
      <div className="m-auto flex w-full max-w-2xl flex-col items-center py-8 text-center">
        <Logo className="size-11" />
        <h1 className="mt-5 text-balance font-semibold text-2xl tracking-tight sm:text-3xl">
          {greeting(new Date().getHours())}
          {firstName && `, ${firstName}`}
        </h1>
        <p className="mt-2 text-balance text-muted-foreground">
          Tell me what needs doing. I ask before I change anything.
        </p>
        <ul className="mt-8 grid w-full gap-2.5 sm:grid-cols-2">
          {EXAMPLES.map((example) => (
            <li key={example}>
              <button
                className="h-full w-full rounded-xl border bg-card px-4 py-3 text-left text-sm transition-colors hover:border-ring/50 hover:bg-accent/50 disabled:opacity-60"
                disabled={disabled}
                onClick={() => onPick(example)}
                type="button"
              >
                {example}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
