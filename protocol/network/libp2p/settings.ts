/** Settings of a libp2p node that Node and tabs share, with why each differs from the default. */

/**
 * One address is tried this long, handshake included. Where whole swarms start at once a handshake with the relay takes
 * many seconds; edges are dialled with a shorter patience of their own (`dial.ts`).
 */
const addressDialTimeoutMs = 15_000
/** Reserving a seat at a relay while a hundred tabs start takes longer than the default of 5 s, which is fatal. */
export const reservationTimeoutMs = 30_000

export const connectionManagerSettings = {
  maxConnections: 1000,
  addressDialTimeout: addressDialTimeoutMs,
  dialTimeout: 20_000,
  inboundUpgradeTimeout: 20_000,
  inboundStreamProtocolNegotiationTimeout: 20_000,
  outboundStreamProtocolNegotiationTimeout: 20_000,
  // A swarm on one host is many connections from one address at once.
  inboundConnectionThreshold: Number.POSITIVE_INFINITY,
  maxIncomingPendingConnections: 1000,
} as const

/** The topic of signed headers. One for all experiments: a header names its experiment. */
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
  // Whoever bears headers with bad signatures or grammar is graylisted after three.
  invalidMessageDeliveriesWeight: -10,
  invalidMessageDeliveriesDecay: 0.9,
} as const

/** Gossipsub carries headers only: some 200 bytes each, forwarded by all, never a payload. */
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
    // All peers of a swarm on one host share an address.
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
