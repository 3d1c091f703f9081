export function OfflineChip() {
  return (
    <p
      className="shrink-0 text-balance border-warning/20 border-b bg-warning-soft px-4 py-1.5 text-center text-foreground text-xs"
      data-testid="offline-chip"
    >
      <span className="font-semibold">Offline model</span> – connect a real model by setting{' '}
      <code className="font-mono">ANTHROPIC_API_KEY</code>
    </p>
  );
}
