import type { CrmRecord } from '../record.js';
import { tableOf, type RecordType } from '../store/table.js';

/** What has to be made of a record `R` to show it as `S`: all that it does not have as it is shown. */
export type Made<R, S> = {
  readonly [K in keyof S as R extends Readonly<Record<K, S[K]>> ? never : K]: (record: R) => S[K];
};

/**
 * How the API shows records: their properties as they are, and what is made of them. Each is looked at when it is asked for,
 * so a record may hold no more than that, and rows cost what they are asked for.
 */
export function shownAs<S extends object>() {
  return <R extends CrmRecord<object>>(type: RecordType<R>, made: Made<R, S>): ((record: R) => S) => {
    class Shown {
      constructor(readonly record: R) {}
    }
    let begun = false;
    const begin = () => {
      const properties = tableOf(type).columns.map(({ property }) => property as keyof R);
      for (const property of properties) define(Shown, property, (record: R) => record[property]);
      for (const [name, make] of Object.entries(made)) define(Shown, name, make as (record: R) => unknown);
      begun = true;
    };
    return (record) => {
      if (!begun) begin();
      return new Shown(record) as unknown as S;
    };
  };
}

function define<R>(
  Shown: new (record: R) => { readonly record: R },
  name: PropertyKey,
  make: (record: R) => unknown,
): void {
  Object.defineProperty(Shown.prototype, name, {
    configurable: true,
    get(this: { readonly record: R }) {
      return make(this.record);
    },
  });
}
