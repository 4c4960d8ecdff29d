class KeySheetState {
  open = $state(false);
  show(): void {
    this.open = true;
  }
  hide(): void {
    this.open = false;
  }
}

export const keySheet = new KeySheetState();
