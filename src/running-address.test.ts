import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { leaveAddress, runningAddress } from './running-address.ts'

test('a command finds the address of the app that runs on its folder, and none when it has stopped', () => {
  const config = { PUNCTUAL_DATA_DIR: mkdtempSync(join(tmpdir(), 'punctual-')) }
  expect(runningAddress(config)).toBeNull()
  const takeBack = leaveAddress(config, 'http://127.0.0.1:3999')
  expect(runningAddress(config)).toBe('http://127.0.0.1:3999')
  takeBack()
  expect(runningAddress(config)).toBeNull()
  writeFileSync(join(config.PUNCTUAL_DATA_DIR, 'address'), 'not an address')
  expect(runningAddress(config)).toBeNull()
})
