import './styles/tokens.css';
import './styles/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { keys } from './lib/keys/keys.svelte.ts';
import { wallClock } from './lib/live/clock.svelte.ts';
import { router } from './lib/route/router.svelte.ts';
import { session } from './lib/session.svelte.ts';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');
wallClock.start();
void session.start().then(() => {
  router.start();
  keys.start();
  mount(App, { target });
});
