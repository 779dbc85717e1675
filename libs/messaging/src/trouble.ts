/** What does not work at the moment, in the words of the log, and why. */
export interface Trouble {
  readonly what: string;
  readonly error: unknown;
}
