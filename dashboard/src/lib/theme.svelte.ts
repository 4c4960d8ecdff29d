import { recall, remember } from './memory.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const known = (text: string | null): Theme => THEMES.find((theme) => theme === text) ?? 'system';

class CurrentTheme {
  chosen = $state<Theme>(known(recall('theme')));

  choose(theme: Theme): void {
    this.chosen = theme;
    remember('theme', theme);
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }
}

export const theme = new CurrentTheme();
