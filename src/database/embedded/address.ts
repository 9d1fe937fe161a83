import { join } from 'node:path'

/** Who owns everything, and as whom the app connects. */
export const OWNER = 'punctual'
export const APP = 'punctual_app'

// A socket's path ends at 107 bytes on Linux and at 103 on macOS; a deep folder has to do with TCP.
const LONGEST = 103

/** Where the server's Unix socket lies, or '' where there can be none. */
export const socketFolder = (data: string): string =>
  process.platform !== 'win32' && Buffer.byteLength(join(data, '.s.PGSQL.65535')) <= LONGEST ? data : ''

/**
 * The server's address. Beside TCP it names the socket in the data folder (`host`): nobody else reaches into that folder (0700), and a round trip
 * costs about half.
 */
export function databaseAddress(data: string, port: number, user: string, password: string): string {
  const socket = socketFolder(data)
  return `postgresql://${user}:${password}@127.0.0.1:${port}/postgres${socket ? `?host=${encodeURIComponent(socket)}` : ''}`
}
