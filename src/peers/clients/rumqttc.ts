import type { ClientKind } from './client.ts'
import { driver } from './driver/start-driver.ts'

/** With MQTT 5.0 the library takes no keep-alive below 5 s, and not 0: the driver then says so and ends. */
export const rumqttc: ClientKind = driver({
  name: 'rumqttc',
  summary: 'rumqttc 0.25.1; with MQTT 5.0 no keep-alive below 5 s',
  recipe: {
    folder: 'rumqttc',
    // No `apt`: Debian 12's Rust is 1.63, too old for today's tokio.
    needs: [{ program: 'cargo', remedy: 'https://rustup.rs' }],
    steps: [
      ['cargo', 'build', '--quiet', '--locked', '--release', '--target-dir', '{build}/target'],
      ['cp', '{build}/target/release/halfopen-peer-rumqttc', '{build}/driver'],
      ['rm', '-r', '{build}/target'],
    ],
    run: ['{build}/driver'],
  },
})
