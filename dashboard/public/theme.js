// Before the first paint, so that a dark screen does not flash white. Kept out of index.html because the content
// security policy allows no inline script.
try {
  const chosen = localStorage.getItem('leeway.theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is barred: the system's theme holds.
}
