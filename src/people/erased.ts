/** What stands where a person was. The address cannot receive anything: `.invalid` is reserved for that (RFC 2606). */
export const ERASED_NAME = 'Somebody who left'
export const erasedEmail = (id: string): string => `erased-${id}@erased.invalid`
