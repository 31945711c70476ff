import { httpEndpoint } from '../../reactive/http-endpoint.ts'
import { groupRoutes } from './group-routes.ts'
import { recordRoutes } from './record-routes.ts'
import { deskTools } from './tools.ts'

const tools = deskTools()

export const handler = httpEndpoint(
  {
    service: '/recovery',
    // Groups first: their paths would be read as those of a record called `groups`.
    routes: [...groupRoutes(tools), ...recordRoutes(tools)],
  },
  tools.observed,
)
