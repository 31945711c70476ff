import { allEnded } from '../../reactive/all-ended.ts'
import { documentClient } from '../../reactive/database.ts'
import { observe } from '../../reactive/observation.ts'
import { streamConsumer } from '../../reactive/stream-relay.ts'
import { projectorEnvironment } from './environment.ts'
import { measureEvent } from './measured.ts'
import { project } from './projection.ts'
import { appendedBy } from './stream.ts'
import { dynamoViews } from './views.ts'

const { VIEWS_TABLE } = projectorEnvironment()
const views = dynamoViews(documentClient(), VIEWS_TABLE)

const observed = observe('/ordering')

export const handler = streamConsumer(
  {
    service: '/ordering',
    read: appendedBy,
    handle: async (read) => {
      const events = read.filter((event) => event !== undefined)
      const projected = events.flatMap((event) => project(event) ?? [])
      // Changes commute, so they need not wait for each other.
      await allEnded(projected.map(views.apply))
      for (const event of events) measureEvent(event, observed.measure)
    },
    traits: (event) => event && { order: event.orderId, event: event.type, correlation_id: event.cause.correlationid },
  },
  observed,
)
