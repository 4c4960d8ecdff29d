/**
 * Gives a buffer's memory back at once. Bodies and frames are megabytes a second beside very few objects: left to the
 * garbage collector, they make it mark the whole heap many times a second, which took a third of all CPU time here.
 * Only for buffers that nobody looks at any more, in JavaScript or in a system call: what is left of it has no bytes.
 */
export function freeNow(bytes: Buffer): void {
  const memory = bytes.buffer;
  // Small buffers are pieces of a slab that others have pieces of too.
  if (memory instanceof ArrayBuffer && memory.byteLength > Buffer.poolSize) memory.transfer(0);
}
