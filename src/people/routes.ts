import { type House, router } from '../http.ts'
import { deskRoutes } from './desk-routes.ts'
import { importRoutes } from './import-routes.ts'
import { meRoute } from './me-route.ts'
import { pauseRoutes } from './pause-routes.ts'
import { personRoutes } from './people-routes.ts'
import { privacyRoutes } from './privacy-routes.ts'
import { programmeDeskRoutes } from './programme-desk-routes.ts'
import { programmeOpsRoutes } from './programme-ops-routes.ts'
import { programmeRoutes } from './programme-routes.ts'
import { tokenRoutes } from './token-routes.ts'

/** People, what they may ask of us, programmes, pairs, the tokens of programs and the import. */
export function peopleRoutes(house: House) {
  return router()
    .route('/', meRoute(house))
    .route('/', personRoutes(house))
    .route('/', programmeRoutes(house))
    .route('/', pauseRoutes(house))
    .route('/', programmeOpsRoutes(house))
    .route('/', deskRoutes(house))
    .route('/', programmeDeskRoutes(house))
    .route('/', privacyRoutes(house))
    .route('/', tokenRoutes(house))
    .route('/', importRoutes(house))
}
