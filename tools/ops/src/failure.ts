/** What an operator can mend: one sentence, status 1. */
export class OpsFailure extends Error {
  override readonly name = 'OpsFailure';
}

/** A command line that says nothing sensible: one sentence, status 2. */
export class WrongArguments extends Error {
  override readonly name = 'WrongArguments';
}
