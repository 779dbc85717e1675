/** The advisory lock of whoever carries a database's outbox. Any constant will do. */
export const RELAY_LOCK = 0x766f726f;
