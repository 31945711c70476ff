import type { Drill } from '../scenarios.ts'
import type { Tools } from '../tools.ts'
import { deadPartner } from './acquirer.ts'
import { blindDoor, deafDesk, heldBack, misused, onlookers, poison, silentSchedule, slowPartner } from './at-rest.ts'
import { crowd, deadCarriers, declinedCards, openDoor, refunds } from './customers.ts'
import { deafDeskForLong, deafOrdering, lostMessage, lostTimers } from './waiting.ts'

/** Every drill there is. Nothing is broken before the first strike. */
export const drillsWith = (tools: Tools): readonly Drill[] => [
  poison(tools),
  slowPartner(tools),
  misused(tools),
  heldBack(tools),
  deafDesk(tools),
  onlookers(tools),
  silentSchedule(tools),
  blindDoor(tools),
  declinedCards(tools),
  refunds(tools),
  openDoor(tools),
  crowd(tools),
  deadCarriers(tools),
  lostMessage(tools),
  deafDeskForLong(tools),
  deafOrdering(tools),
  lostTimers(tools),
  deadPartner(tools),
]
