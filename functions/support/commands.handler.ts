import { TreatAlarm } from '../../events/support.ts'
import { observe } from '../../reactive/observation.ts'
import { queueConsumer } from '../../reactive/queue-consumer.ts'
import { supportTools } from './tools.ts'
import { treat } from './treat.ts'

const observed = observe('/support')
const treats = treat(supportTools(observed.log))

export const handler = queueConsumer(
  {
    service: '/support',
    contracts: [TreatAlarm],
    handle: async ({ message }) => {
      await treats(message.data)
    },
  },
  observed,
)
