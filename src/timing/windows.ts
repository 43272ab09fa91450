import type { EvidenceHeader } from '../model/evidence.ts'
import type { Window } from '../model/verdict.ts'

/** The windows that spec and profiles give for one run, for the keep-alive in force. */
export interface Windows {
  readonly keepaliveMs: number
  /** Between two control packets from the client, while healthy. */
  readonly pings: Window
  /** From the last client packet that the broker received, to its close. `undefined` where K is 0: no duty. */
  readonly brokerDrops: Window | undefined
  /** From the moment that the fault held, to the client's close. */
  readonly clientGivesUp: Window | undefined
  /** From the broker's knowing, to the will at the witness. */
  readonly will: Window
}

export declare function windowsFor(header: EvidenceHeader, keepaliveMs: number): Windows
