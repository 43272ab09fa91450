import { type ClientProfile, exactly } from './client-model.ts'

export const rumqttc: ClientProfile = {
  name: 'rumqttc',
  real: 'rumqttc 0.25',
  version: '0.25.1',
  versions: '*',
  source: 'rumqttc/src/eventloop.rs:256-271; state.rs:377-407 outgoing_ping; v5/eventloop.rs:420',
  rules: () => ({
    // Every K, whatever the traffic; the next ping finds the last one unanswered.
    ping: { k: 1, after: 'earliest', of: ['ping'] },
    giveUp: { k: 1, after: 'earliest', of: ['ping'] },
    answer: 'pingresp',
    lookEveryMs: exactly,
  }),
  honoursServerKeepAlive: true,
  told: "ConnectionError: Last pingreq isn't acked",
  // The next poll() connects at once; 1 ms keeps a refused connection from standing time still.
  reconnect: { firstMs: 1, factor: 1, mostMs: 1 },
}
