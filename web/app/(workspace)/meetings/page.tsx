import { MeetingPage } from '@/components/meetings/meeting-page';

export default function Page() {
  return <MeetingPage />;
}
