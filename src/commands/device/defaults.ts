/** What an option is where it is not given; times as they are written. */
export const DEFAULTS = {
  listen: '127.0.0.1:1883',
  broker: 'aedes',
  wait: '300s',
  giveUp: '2K + 1s',
  connack: '60s',
  back: '120s',
  refuse: 'rst',
  attempts: 8,
  backoffTime: '300s',
  payload: 'halfopen',
} as const
