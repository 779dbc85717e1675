type Bytes = string | Buffer;

/** What a record is made of. A header may come more than once. */
export interface WireRecord {
  readonly key?: Bytes | null;
  readonly value: Bytes | null;
  readonly headers?: Readonly<Record<string, Bytes | readonly Bytes[] | undefined>>;
}

/** A length below this is one byte as a signed varint. */
const ONE_BYTE = 64;
/** Bytes of a varint at most. */
const VARINT = 5;

/** Writes Kafka's wire format into one buffer that grows: `buffer` is another one afterwards. */
export class WireWriter {
  buffer = Buffer.allocUnsafe(64 * 1024);
  end = 0;

  int8(value: number): void {
    const at = this.place(1);
    this.buffer.writeInt8(value, at);
  }
  int16(value: number): void {
    const at = this.place(2);
    this.buffer.writeInt16BE(value, at);
  }
  int32(value: number): void {
    const at = this.place(4);
    this.buffer.writeInt32BE(value, at);
  }
  int64(value: bigint): void {
    const at = this.place(8);
    this.buffer.writeBigInt64BE(value, at);
  }

  /** A string whose length is an int16. */
  string(text: string): void {
    const length = Buffer.byteLength(text);
    this.int16(length);
    const at = this.place(length);
    this.buffer.write(text, at, length);
  }

  /** Leaves room, which is written next or later, and answers where it is. */
  place(bytes: number): number {
    const at = this.end;
    this.room(bytes);
    this.end += bytes;
    return at;
  }

  /** A record of a batch of version 2: its length, which is known only afterwards, and then the rest. */
  record({ key, value, headers = {} }: WireRecord, place: number): void {
    const start = this.place(VARINT);
    this.int8(0);
    this.varint(0);
    this.varint(place);
    this.bytes(key ?? null);
    this.bytes(value);
    const names = Object.keys(headers);
    this.varint(names.reduce((count, name) => count + (Array.isArray(headers[name]) ? headers[name].length : 1), 0));
    for (const name of names) {
      const content = headers[name];
      for (const one of Array.isArray(content) ? (content as readonly Bytes[]) : [content as Bytes]) {
        this.bytes(name);
        this.bytes(one);
      }
    }
    const length = this.end - start - VARINT;
    this.end = start;
    this.varint(length);
    this.buffer.copyWithin(this.end, start + VARINT, start + VARINT + length);
    this.end += length;
  }

  /** A signed number in zigzag, seven bits a byte. */
  varint(value: number): void {
    this.room(VARINT);
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    while (rest > 127) {
      this.buffer[this.end++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.buffer[this.end++] = rest;
  }

  /** Bytes with their length before them, a string as UTF-8; null has the length -1. */
  bytes(content: Bytes | null): void {
    if (content === null) return this.varint(-1);
    if (typeof content === 'string') return this.text(content);
    this.varint(content.length);
    const at = this.place(content.length);
    content.copy(this.buffer, at);
  }

  private text(text: string): void {
    const { length } = text;
    if (length < ONE_BYTE && this.ascii(text)) return;
    const bytes = Buffer.byteLength(text);
    this.varint(bytes);
    const at = this.place(bytes);
    this.buffer.write(text, at, bytes, bytes === length ? 'latin1' : 'utf8');
  }

  /** Headers are short and plain: a loop is faster than a call out of the engine. */
  private ascii(text: string): boolean {
    const { length } = text;
    this.room(length + 1);
    const { buffer } = this;
    let at = this.end + 1;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return false;
      buffer[at++] = code;
    }
    buffer[this.end] = length << 1;
    this.end = at;
    return true;
  }

  private room(bytes: number): void {
    const needed = this.end + bytes;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.end);
    this.buffer = larger;
  }
}
