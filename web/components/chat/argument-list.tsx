import { useSession } from '@/components/shell/session';
import { ChevronIcon } from '@/components/ui/icons';
import { cx } from '@/lib/cx';
import { type ArgumentLine, describeArguments, exactData } from '@/lib/describe-arguments';

function Lines({ lines, nested = false }: { lines: ArgumentLine[]; nested?: boolean }) {
  return (
    <dl className={cx('grid gap-y-2 text-sm', nested && 'mt-2 border-l-2 pl-3')}>
      {lines.map((line, index) => (
        <div
          className={cx('min-w-0', 'text' in line && 'sm:grid sm:grid-cols-[8rem_1fr] sm:gap-x-3')}
          // Two names can read the same in words, so only the position is unique.
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines never change order
          key={index}
        >
          <dt className="text-muted-foreground">{line.label}</dt>
          <dd className="min-w-0 whitespace-pre-wrap break-words">
            {'text' in line ? (
              <bdi title={line.exact}>{line.text}</bdi>
            ) : (
              <Lines lines={line.lines} nested />
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Data in words, with the exact form one click away. */
export function ArgumentList({ data }: { data: unknown }) {
  const { locale } = useSession();
  const lines = describeArguments(data, locale);
  if (lines.length === 0) return <p className="text-muted-foreground text-sm">No details.</p>;
  return (
    <div>
      <Lines lines={lines} />
      <details className="group/exact mt-2.5">
        <summary className="-ml-0.5 inline-flex select-none list-none items-center gap-1 rounded-md text-muted-foreground text-xs hover:text-foreground">
          <ChevronIcon className="size-3 transition-transform group-open/exact:rotate-90" />
          Exact data
        </summary>
        <pre className="mt-1.5 overflow-x-auto whitespace-pre-wrap break-words rounded-lg bg-muted p-3 font-mono text-xs">
          {exactData(data)}
        </pre>
      </details>
    </div>
  );
}
