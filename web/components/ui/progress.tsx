type ProgressProps = { label: string; share: number };

export function Progress({ label, share }: ProgressProps) {
  return (
    <progress
      aria-label={label}
      className="h-1.5 w-full appearance-none overflow-hidden rounded-full bg-muted [&::-moz-progress-bar]:bg-primary [&::-webkit-progress-bar]:bg-muted [&::-webkit-progress-value]:bg-primary"
      max={1}
      value={share}
    />
  );
}
