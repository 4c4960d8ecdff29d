/** Documents that were to be applied at start do not hold; its message lists all mistakes. */
export class DocumentsInvalid extends Error {}
