import { AsyncLocalStorage } from 'node:async_hooks';

const notes = new AsyncLocalStorage<{ written: boolean }>();

/** Called where events are made ready for the outbox. */
export function noteOutbox(): void {
  const note = notes.getStore();
  if (note) note.written = true;
}

/** Runs `work` to the end of its transaction, and then `wake` where it wrote to the outbox: nothing waits for the idle poll. */
export async function wakingAfter<T>(wake: () => void, work: () => Promise<T>): Promise<T> {
  const note = { written: false };
  try {
    return await notes.run(note, work);
  } finally {
    if (note.written) wake();
  }
}
