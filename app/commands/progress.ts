import type { Progress } from '../../analyzers/compare/compare.ts';

type Stream = { readonly isTTY?: boolean; write(text: string): unknown };

/** Where the work is: one line that changes on a terminal, a line every tenth elsewhere. Goes beside the answer, never into it. */
export function createProgress(stream: Stream): Progress & { readonly done: () => void } {
  let lastTenth = -1;
  let lastStep = '';
  const show: Progress = (step, done, of) => {
    const text = of > 0 ? `${step} ${done} of ${of}` : step;
    if (stream.isTTY === true) {
      stream.write(`\r\u001b[K${text}`);
      return;
    }
    const tenth = of > 0 ? Math.floor((done / of) * 10) : 0;
    if (step === lastStep && tenth === lastTenth) return;
    [lastStep, lastTenth] = [step, tenth];
    stream.write(`${text}\n`);
  };
  return Object.assign(show, {
    done: () => {
      if (stream.isTTY === true) stream.write('\r\u001b[K');
    },
  });
}
