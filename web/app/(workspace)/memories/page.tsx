import { MemoryPage } from '@/components/memories/memory-page';

export default function Page() {
  return <MemoryPage />;
}
