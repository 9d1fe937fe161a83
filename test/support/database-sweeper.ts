/**
 * Stands beside a test run and waits for the end of its standard input, which comes however the run ends: by itself,
 * by Ctrl-C (the runner does not wait for anybody then) or by kill -9. Then it takes away what the run had started.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { endOrphan } from '../../src/database/embedded/postmaster.ts'

const [, , folder = ''] = process.argv

process.stdin.resume()
process.stdin.on('end', async () => {
  await endOrphan(join(folder, 'postgres')).catch(() => {})
  await rm(folder, { recursive: true, force: true, maxRetries: 10 })
})
