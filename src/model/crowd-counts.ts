/**
 * What became of the clients of a fleet that are too many to be recorded packet by packet: counts by step of time, and how long each of
 * them took, in classes. Figures of several parts of one fleet, in whatever processes, add up.
 */

/** What is counted in each step of time. */
export const CROWD_COUNTS = [
  /** CONNECT packets that the link handed to the broker. */
  'connects',
  /** CONNACK 0 that reached a client. */
  'accepted',
  /** Attempts that ended otherwise: another CONNACK, a connection refused, ended or given up before its CONNACK. */
  'refused',
  /** Clients that learnt that their connection is gone, or gave it up. */
  'lost',
  /** Connections that the broker ended while no newer one of the client had reached it. */
  'dropped',
  /** Of a client that came back while the broker still had its connection before: the broker ended that one. */
  'takenOver',
  /** Connections that a client ended without DISCONNECT, as the broker was told: it owes a will for each. */
  'abandoned',
  /** The same where the broker had been given the CONNECT and had not answered it: a will may be due. */
  'unanswered',
  /** Wills that the witness saw. */
  'wills',
] as const
export type CrowdCount = (typeof CROWD_COUNTS)[number]

/** How long it took each of those who noticed: pairs of milliseconds and how many, in order. */
export type CrowdSpread = readonly number[]

/** Of a part of a fleet. Steps count from the date of the event that it is told in. */
export interface CrowdCounts {
  /** How many clients it speaks of; 0 where it is about the broker or the wills alone. */
  readonly devices: number
  readonly stepMs: number
  /** What is not there was never counted. */
  readonly counts: { readonly [C in CrowdCount]?: readonly number[] }
  /** From the moment that the fault took hold to the client's knowing of it. */
  readonly clientNoticed?: CrowdSpread
  /** From the last packet of the client that reached the broker to the broker's dropping it. */
  readonly brokerNoticed?: CrowdSpread
  /** Of the processes of the broker, at the end of each step: percent of one processor, and resident memory in MB. */
  readonly brokerCpu?: readonly number[]
  readonly brokerMb?: readonly number[]
  /** The most memory that the process of this part had, resident, in MB. */
  readonly ownMb?: number
}

/** A class of a spread is so wide. */
export const CROWD_CLASS_MS = 10
