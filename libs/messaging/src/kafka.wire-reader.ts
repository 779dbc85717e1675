/** What a record holds, as far as anybody here asks. A header that came more than once is a list. */
export interface ReadRecord {
  readonly attributes: number;
  readonly timestampDelta: number;
  readonly offsetDelta: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Record<string, string | string[]>;
}

/** A text, and where in the buffer it was read. */
interface Seen {
  start: number;
  length: number;
  text: string;
}

/** Reads Kafka's wire format from a buffer, from `at` on. What it reads beyond the end is nothing, or throws RangeError. */
export class WireReader {
  at = 0;
  /** The headers of the record before, name and content in turn: most are the same again, and need not be made anew. */
  private readonly seen: Seen[] = [];

  constructor(readonly buffer: Buffer) {}

  get left(): number {
    return this.buffer.length - this.at;
  }

  int8(): number {
    this.at += 1;
    return this.buffer.readInt8(this.at - 1);
  }
  int16(): number {
    this.at += 2;
    return this.buffer.readInt16BE(this.at - 2);
  }
  int32(): number {
    this.at += 4;
    return this.buffer.readInt32BE(this.at - 4);
  }
  int64(): bigint {
    this.at += 8;
    return this.buffer.readBigInt64BE(this.at - 8);
  }

  /** A string whose length is an int16; null has the length -1. */
  string(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.text(length);
  }

  /** An array whose length is an int32; null, with the length -1, is an empty one. */
  array<T>(one: () => T): T[] {
    const length = this.int32();
    const all: T[] = [];
    for (let i = 0; i < length; i++) all.push(one());
    return all;
  }

  /** A record of a batch of version 2. */
  record(): ReadRecord {
    const length = this.varint();
    const end = this.at + length;
    const attributes = this.int8();
    const timestampDelta = this.varlong();
    const offsetDelta = this.varint();
    const keyLength = this.varint();
    const key = keyLength < 0 ? null : this.text(keyLength);
    const valueLength = this.varint();
    const value = valueLength < 0 ? null : this.buffer.subarray(this.at, (this.at += valueLength));
    const headers = this.headers();
    this.at = end;
    return { attributes, timestampDelta, offsetDelta, key, value, headers };
  }

  private headers(): Record<string, string | string[]> {
    const headers: Record<string, string | string[]> = {};
    const count = this.varint();
    for (let i = 0; i < count; i++) {
      const name = this.again(2 * i);
      const text = this.again(2 * i + 1);
      const before = headers[name];
      if (before === undefined || !Object.hasOwn(headers, name)) headers[name] = text;
      else headers[name] = Array.isArray(before) ? [...before, text] : [before, text];
    }
    return headers;
  }

  /** A header's name or content, null as an empty text. It is not made again where it is as in the record before. */
  private again(place: number): string {
    const length = this.varint();
    if (length < 0) return '';
    const { buffer, at: start } = this;
    const seen = this.seen[place];
    if (seen?.length === length && same(buffer, seen.start, start, length)) {
      this.at += length;
      seen.start = start;
      return seen.text;
    }
    const text = this.text(length);
    if (seen) Object.assign(seen, { start, length, text });
    else this.seen[place] = { start, length, text };
    return text;
  }

  private text(length: number): string {
    const { at } = this;
    this.at += length;
    return this.buffer.toString('utf8', at, at + length);
  }

  /** A signed number of 32 bits in zigzag, seven bits a byte. */
  private varint(): number {
    const { buffer } = this;
    let byte = buffer[this.at++] ?? 0;
    let value = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      byte = buffer[this.at++] ?? 0;
      value |= (byte & 127) << shift;
    }
    return (value >>> 1) ^ -(value & 1);
  }

  /** The same for larger numbers, exact to 2^53. */
  private varlong(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.buffer[this.at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  }
}

function same(buffer: Buffer, one: number, other: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (buffer[one + i] !== buffer[other + i]) return false;
  return true;
}
