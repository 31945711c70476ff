import middy from '@middy/core'
import { sweep } from './sweep.ts'
import { deskTools } from './tools.ts'

const tools = deskTools()

export const handler = middy<unknown, void>().handler(async () => {
  await sweep(tools)
})
