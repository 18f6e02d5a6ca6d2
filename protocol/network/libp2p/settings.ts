/** Settings of a libp2p node, the same in Node and tabs. The comments say why a setting differs from the default. */

/**
 * Maximum time for one address, handshake included. If a whole swarm starts at once, a handshake with the relay takes
 * many seconds. Edges have their own, shorter timeouts (`dial.ts`).
 */
const addressDialTimeoutMs = 15_000
/**
 * While a hundred tabs start, a reservation at a relay takes longer than the default of 5 s, and a timeout is fatal.
 */
export const reservationTimeoutMs = 30_000

export const connectionManagerSettings = {
  maxConnections: 1000,
  addressDialTimeout: addressDialTimeoutMs,
  dialTimeout: 20_000,
  inboundUpgradeTimeout: 20_000,
  inboundStreamProtocolNegotiationTimeout: 20_000,
  outboundStreamProtocolNegotiationTimeout: 20_000,
  // A swarm on one machine opens many connections from one address at once.
  inboundConnectionThreshold: Number.POSITIVE_INFINITY,
  maxIncomingPendingConnections: 1000,
} as const

/** The topic of signed headers, one for all experiments: a header names its experiment. */
export const headerTopic = 'hearsay/headers/1'

const invalidHeaders = {
  topicWeight: 1,
  timeInMeshWeight: 0,
  timeInMeshQuantum: 1000,
  timeInMeshCap: 10,
  firstMessageDeliveriesWeight: 0,
  firstMessageDeliveriesDecay: 0.5,
  firstMessageDeliveriesCap: 10,
  meshMessageDeliveriesWeight: 0,
  meshMessageDeliveriesDecay: 0.5,
  meshMessageDeliveriesCap: 10,
  meshMessageDeliveriesThreshold: 1,
  meshMessageDeliveriesWindow: 10,
  meshMessageDeliveriesActivation: 1000,
  meshFailurePenaltyWeight: 0,
  meshFailurePenaltyDecay: 0.5,
  // After three headers with bad signatures or syntax, the forwarding peer is graylisted.
  invalidMessageDeliveriesWeight: -10,
  invalidMessageDeliveriesDecay: 0.9,
} as const

/** Gossipsub carries only headers, about 200 bytes each, never a payload. Every peer forwards them. */
export const gossipSettings = {
  allowedTopics: [headerTopic],
  allowPublishToZeroTopicPeers: true,
  ignoreDuplicatePublishError: true,
  emitSelf: false,
  floodPublish: true,
  globalSignaturePolicy: 'StrictSign',
  maxInboundDataLength: 64 * 1024,
  scoreParams: {
    topics: { [headerTopic]: invalidHeaders },
    // All peers of a swarm on one machine share an address.
    IPColocationFactorWeight: 0,
  },
  scoreThresholds: {
    gossipThreshold: -20,
    publishThreshold: -40,
    graylistThreshold: -80,
    acceptPXThreshold: 10,
    opportunisticGraftThreshold: 1,
  },
} as const
