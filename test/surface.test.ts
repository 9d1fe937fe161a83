import { afterAll, beforeAll } from 'vitest'
import { type App, removeFolders, startApp } from './surface/app.ts'
import { badInput } from './surface/bad-input.ts'
import { booking } from './surface/booking.ts'
import { hours } from './surface/hours.ts'
import { lists } from './surface/lists.ts'
import { story } from './surface/story.ts'
import { webhooks } from './surface/webhooks.ts'

/** The product as somebody outside meets it: its own process, its environment, HTTP, and nothing else. */
let app: App
beforeAll(async () => {
  app = await startApp()
}, 60_000)
afterAll(async () => {
  await app?.stop()
  removeFolders()
})

hours(() => app)
booking(() => app)
lists(() => app)
badInput(() => app)
webhooks(() => app)
story(() => app)
