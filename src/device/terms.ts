/** What a device and the broker agreed to on one connection. */
export interface Terms {
  readonly clientId: string
  /** MQTT protocol level: 4 is 3.1.1, 5 is 5.0. */
  readonly protocol: 4 | 5
  /** As its CONNECT says; 0 is off. */
  readonly declaredS: number
  /** Server Keep Alive, MQTT 5.0 §3.2.2.3.14. */
  readonly imposedS?: number
  /** Clean Session of 3.1.1, Clean Start of 5.0. */
  readonly clean: boolean
  readonly sessionPresent: boolean
}

/** In force: 5.0 [MQTT-3.2.2-21]. */
export const keepaliveMs = ({ imposedS, declaredS }: Pick<Terms, 'imposedS' | 'declaredS'>): number =>
  (imposedS ?? declaredS) * 1000

export const versionName = (protocol: 4 | 5): string => (protocol === 5 ? 'MQTT 5.0' : 'MQTT 3.1.1')
