import { documentClient } from '../../reactive/database.ts'
import { streamConsumer } from '../../reactive/stream-relay.ts'
import { projectorEnvironment } from './environment.ts'
import { project } from './projection.ts'
import { appendedBy } from './stream.ts'
import { dynamoViews } from './views.ts'

const { VIEWS_TABLE } = projectorEnvironment()
const views = dynamoViews(documentClient(), VIEWS_TABLE)

export const handler = streamConsumer({
  service: '/ordering',
  read: appendedBy,
  handle: async (events) => {
    const projected = events.flatMap((event) => (event ? (project(event) ?? []) : []))
    // Changes commute, so they need not wait for each other.
    await Promise.all(projected.map(views.apply))
  },
})
