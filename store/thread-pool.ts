/**
 * Import this first of all, before anything reads a file asynchronously: the pool's size is read once.
 *
 * Each query in process holds one of Node's pool threads while it runs, and so does each fsync of the spool. With the
 * default of four, four slow queries stop all file work (measured: a read of one file waits for the query to end).
 */
const THREADS = 16;

process.env.UV_THREADPOOL_SIZE ??= String(THREADS);
