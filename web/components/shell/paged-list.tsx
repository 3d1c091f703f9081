import type { ReactNode } from 'react';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Spinner } from '@/components/ui/icons';
import type { Pages } from '@/lib/use-pages';

type PagedListProps<T> = {
  list: Pages<T>;
  /** What to say when there is nothing; without it an empty list shows nothing. */
  empty?: string;
  children: (items: T[]) => ReactNode;
};

/** What every list from the server has: waiting, trouble, nothing, something, more. */
export function PagedList<T>({ list, empty, children }: PagedListProps<T>) {
  const { items, failure, refresh, loadMore } = list;
  return (
    <>
      {failure && (
        <Banner
          action={
            <Button className="-my-1" onClick={refresh} size="small" variant="outline">
              Try again
            </Button>
          }
          tone="error"
        >
          {failure}
        </Banner>
      )}
      {!items && !failure && <Spinner className="text-muted-foreground" />}
      {items?.length === 0 && empty && (
        <p className="rounded-xl border border-dashed px-4 py-8 text-center text-muted-foreground text-sm">
          {empty}
        </p>
      )}
      {items && items.length > 0 && children(items)}
      {loadMore && (
        <Button className="self-center" onClick={loadMore} size="small" variant="ghost">
          Load more
        </Button>
      )}
    </>
  );
}
