import type { Metadata } from 'next';
import { Setup } from '@/components/auth/setup';

export const metadata: Metadata = { title: 'Set up · Smithers' };

export default function SetupPage() {
  return <Setup />;
}
