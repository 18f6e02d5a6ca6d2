import { expect, test } from 'vitest'
import { runtimeSchema } from '#protocol/experiment/runtime-schema.ts'
import { linksOf } from '#protocol/session/connect.ts'

test('a tab dials over WebRTC, whatever links the experiment allows', () => {
  const runtime = runtimeSchema.parse({ name: 'mixed', tabs: 2, links: 'auto' })
  expect([linksOf({ runtime }, 'tab'), linksOf({ runtime }, 'process')]).toEqual(['webrtc', 'auto'])
})
