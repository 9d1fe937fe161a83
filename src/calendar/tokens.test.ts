import { expect, test } from 'vitest'
import { openTokens, sealTokens } from './tokens.ts'

const tokens = { accessToken: 'ya29.a', refreshToken: '1//r', expiresAt: '2026-03-01T12:00:00Z' }

test('a grant comes back as it was sealed, and its text is not readable in the database', () => {
  const sealed = sealTokens('s'.repeat(32), 'connection-1', tokens)
  expect(openTokens('s'.repeat(32), 'connection-1', sealed)).toEqual(tokens)
  expect(sealed.toString('latin1')).not.toContain('ya29')
})

test("one connection's tokens do not open in another connection's row, nor with another secret", () => {
  const sealed = sealTokens('s'.repeat(32), 'connection-1', tokens)
  expect(() => openTokens('s'.repeat(32), 'connection-2', sealed)).toThrow()
  expect(() => openTokens('t'.repeat(32), 'connection-1', sealed)).toThrow()
})
