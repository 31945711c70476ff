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
  check: (change) => void appendedBy(change),
  handle: async (changes) => {
    const projected = changes.map(appendedBy).flatMap((event) => (event ? (project(event) ?? []) : []))
    // Changes commute, so they need not wait for each other.
    await Promise.all(projected.map(views.apply))
  },
})
