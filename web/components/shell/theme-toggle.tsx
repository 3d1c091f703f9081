import { IconButton } from '@/components/ui/button';
import { MoonIcon, SunIcon } from '@/components/ui/icons';
import { toggleTheme, useTheme } from '@/lib/theme';

export function ThemeToggle() {
  const theme = useTheme();
  return (
    <IconButton
      className="ml-auto"
      data-testid="theme-toggle"
      label={theme === 'dark' ? 'Use the light theme' : 'Use the dark theme'}
      onClick={toggleTheme}
    >
      {theme === 'dark' ? <SunIcon /> : <MoonIcon />}
    </IconButton>
  );
}
