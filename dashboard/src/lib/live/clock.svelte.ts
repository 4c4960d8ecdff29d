/** The wall clock as state, once a second, so that ages and countdowns move without each of them owning a timer. */
class Clock {
  nowMs = $state(Date.now());

  start(): void {
    setInterval(() => {
      if (!document.hidden) this.nowMs = Date.now();
    }, 1_000);
  }
}

export const wallClock = new Clock();
