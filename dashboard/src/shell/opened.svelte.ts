/** A dialog of the shell, opened from more than one place. */
class Opened {
  open = $state(false);
  show(): void {
    this.open = true;
  }
  hide(): void {
    this.open = false;
  }
}

export const keySheet = new Opened();
export const palette = new Opened();
