import type { Server } from 'node:http'

/**
 * How long the open port waits for whom. A browser's headers come in one piece; whoever sends them byte by byte holds a
 * connection without costing themselves one. `requestTimeout` leaves the import's 10 MB time on a slow line.
 */
export const PORT_LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
}

/** Far above what one process serves, far below what the machine has file descriptors for. */
const MOST_CONNECTIONS = 4_000

export function limitConnections(server: Server): void {
  server.maxConnections = MOST_CONNECTIONS
  server.maxHeadersCount = 100
}
