import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/database-server.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Test files start real servers and real processes: one process each, and no more of them than a small machine has cores.
    pool: 'forks',
    maxWorkers: 2,
  },
})
