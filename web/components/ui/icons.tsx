import type { SVGProps } from 'react';
import { cx } from '@/lib/cx';

type IconProps = SVGProps<SVGSVGElement>;

function Icon({ className, ...props }: IconProps) {
  return (
    <svg
      aria-hidden="true"
      className={cx('size-4 shrink-0', className)}
      fill="none"
      stroke="currentColor"
      strokeLinecap="round"
      strokeLinejoin="round"
      strokeWidth={1.75}
      viewBox="0 0 24 24"
      {...props}
    />
  );
}

export function PlusIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M12 5v14M5 12h14" />
    </Icon>
  );
}
export function MenuIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M4 7h16M4 12h16M4 17h10" />
    </Icon>
  );
}
export function CloseIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="m6 6 12 12M18 6 6 18" />
    </Icon>
  );
}
export function CheckIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="m5 12.5 4.5 4.5L19 7" />
    </Icon>
  );
}
export function ChevronIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="m9 6 6 6-6 6" />
    </Icon>
  );
}
export function ArrowUpIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M12 19V5M6 11l6-6 6 6" />
    </Icon>
  );
}
export function ArrowDownIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M12 5v14M6 13l6 6 6-6" />
    </Icon>
  );
}
export function StopIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <rect fill="currentColor" height="11" rx="2" stroke="none" width="11" x="6.5" y="6.5" />
    </Icon>
  );
}
export function MoreIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M5 12h.01M12 12h.01M19 12h.01" strokeWidth={2.75} />
    </Icon>
  );
}
export function SunIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <circle cx="12" cy="12" r="3.75" />
      <path d="M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1" />
    </Icon>
  );
}
export function MoonIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M20 14.2A8.25 8.25 0 0 1 9.8 4 8.25 8.25 0 1 0 20 14.2Z" />
    </Icon>
  );
}
export function CopyIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <rect height="11" rx="2.5" width="11" x="9" y="9" />
      <path d="M15 6.5V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h.500" />
    </Icon>
  );
}
export function PencilIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="m14.5 6 3.5 3.5M4.5 19.5l1-4.5L16.2 4.3a1.7 1.7 0 0 1 2.4 0l1.1 1.1a1.7 1.7 0 0 1 0 2.4L9 18.5Z" />
    </Icon>
  );
}
export function RetryIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M19.5 12a7.5 7.5 0 1 1-2.3-5.4L19.5 9M19.5 4.5V9H15" />
    </Icon>
  );
}
export function TrashIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M4.5 7h15M9.5 7V5a1 1 0 0 1 1-1h3a1 1 0 0 1 1 1v2M6.5 7l.8 11.2a2 2 0 0 0 2 1.8h5.4a2 2 0 0 0 2-1.8L17.5 7M10.5 11v5M13.5 11v5" />
    </Icon>
  );
}
export function ListIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="m4 6.5 1.3 1.3L7.8 5.3M11.5 6.5H20M4 12.5l1.3 1.3 2.5-2.5M11.5 12.5H20M4.5 18.5h2M11.5 18.5H20" />
    </Icon>
  );
}
export function ShieldIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M12 3.5 19 6v5.5c0 4.3-2.9 7.6-7 9-4.1-1.4-7-4.7-7-9V6Zm-3 8.3 2.2 2.2 4-4.3" />
    </Icon>
  );
}
export function ToolIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M14.2 6.3a4.2 4.2 0 0 1 5.4-1.7L16.9 7.3l.300 1.9 1.9.3 2.6-2.7a4.2 4.2 0 0 1-5.7 5.2L9.3 18.8a2 2 0 0 1-2.9 0l-.2-.2a2 2 0 0 1 0-2.9l6.8-6.6a4.2 4.2 0 0 1 1.2-2.8Z" />
    </Icon>
  );
}
export function AlertIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M12 8.5v4.5M12 16.5h.01M12 3.8 2.8 19.5h18.4Z" />
    </Icon>
  );
}
export function InfoIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M12 11v5M12 8h.01" />
    </Icon>
  );
}
export function SignOutIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M14 4.5H7a2 2 0 0 0-2 2v11a2 2 0 0 0 2 2h7M10.5 12H20M16.5 8.5 20 12l-3.5 3.5" />
    </Icon>
  );
}
export function ExternalIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M13.5 5H19v5.5M19 5l-8 8M17 14v4a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1h4" />
    </Icon>
  );
}
export function SearchIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <circle cx="11" cy="11" r="6.5" />
      <path d="m16 16 4.5 4.5" />
    </Icon>
  );
}
export function PaperclipIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="m19.5 11.5-7.6 7.6a4.6 4.6 0 0 1-6.5-6.5l8-8a3.1 3.1 0 0 1 4.4 4.4l-8 8a1.6 1.6 0 0 1-2.2-2.2l7.3-7.3" />
    </Icon>
  );
}
export function CalendarIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <rect height="15" rx="2.5" width="16" x="4" y="5.5" />
      <path d="M4 10.5h16M8.5 3.5v4M15.5 3.5v4" />
    </Icon>
  );
}
export function MemoryIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M7 4.5h10a1.5 1.5 0 0 1 1.5 1.5v14l-6.5-4-6.5 4v-14A1.5 1.5 0 0 1 7 4.5Z" />
    </Icon>
  );
}
export function SettingsIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M4 7h9M17 7h3M4 17h3M11 17h9" />
      <circle cx="15" cy="7" r="2" />
      <circle cx="9" cy="17" r="2" />
    </Icon>
  );
}
export function ChartIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M4.5 19.5h15M7 16v-4M12 16V6M17 16v-7" />
    </Icon>
  );
}
export function FileIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M7 3.5h6.5L18.5 8.5V19a1.5 1.5 0 0 1-1.5 1.5H7A1.5 1.5 0 0 1 5.5 19V5A1.5 1.5 0 0 1 7 3.5ZM13.5 3.5v5h5" />
    </Icon>
  );
}
export function DownloadIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M12 4.5v11M7.5 11l4.5 4.5 4.5-4.5M5 19.5h14" />
    </Icon>
  );
}

export function Logo({ className }: { className?: string }) {
  return (
    <svg aria-hidden="true" className={cx('size-7 shrink-0', className)} viewBox="0 0 32 32">
      <rect fill="#0f5f58" height="32" rx="9" width="32" />
      <path d="M6.5 11.5 16 16l-9.5 4.5zM25.5 11.5 16 16l9.5 4.5z" fill="#fff" />
      <circle cx="16" cy="16" fill="#8fe3d6" r="2.6" />
    </svg>
  );
}

export function Spinner({ className }: { className?: string }) {
  return (
    <svg
      aria-hidden="true"
      className={cx('size-4 shrink-0 animate-spin', className)}
      fill="none"
      stroke="currentColor"
      strokeLinecap="round"
      strokeWidth={2.25}
      viewBox="0 0 24 24"
    >
      <circle cx="12" cy="12" opacity={0.2} r="8.5" />
      <path d="M20.5 12A8.5 8.5 0 0 0 12 3.5" />
    </svg>
  );
}
