import type { ClientKind } from './client.ts'
import { driver } from './driver/start-driver.ts'

/** The library behind mosquitto_sub and mosquitto_pub, in the version that the machine has. */
export const libmosquitto: ClientKind = driver({
  name: 'libmosquitto',
  summary: 'libmosquitto with the loop of mosquitto_sub; no keep-alive below 5 s, no WebSocket',
  recipe: {
    folder: 'libmosquitto',
    with: ['keylog'],
    needs: [
      { program: 'cc', apt: 'gcc', remedy: 'apt-get install gcc libc6-dev' },
      { program: 'pkg-config', apt: 'pkg-config', remedy: 'apt-get install pkg-config' },
      { library: 'libmosquitto', apt: 'libmosquitto-dev', remedy: 'apt-get install libmosquitto-dev' },
    ],
    steps: [
      [
        'sh',
        '-ec',
        'cc -O2 -D_GNU_SOURCE -Wall -Wextra -Werror -rdynamic -o "$1/driver" driver.c $(pkg-config --cflags --libs libmosquitto) -lpthread -ldl',
        'sh',
        '{build}',
      ],
    ],
    run: ['{build}/driver'],
  },
  // mosquitto_connect refuses less, 0 aside.
  leastKeepaliveS: 5,
  schemes: ['mqtt', 'mqtts'],
})
