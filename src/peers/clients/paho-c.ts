import type { ClientKind } from './client.ts'
import { driver } from './driver/start-driver.ts'

const PACKAGE = 'libpaho-mqtt-dev'

/** Its application is not told why a connection was lost: the cause is NULL. It sends a DISCONNECT before it gives up. */
export const pahoC: ClientKind = driver({
  name: 'paho-c',
  summary: "Eclipse Paho C, MQTTAsync; over TLS the server's name is not checked, which is the library's default",
  recipe: {
    folder: 'paho-c',
    with: ['keylog'],
    needs: [
      { program: 'cc', apt: 'gcc', remedy: 'apt-get install gcc libc6-dev' },
      // Its package has no file for pkg-config.
      {
        test: ['cc', '-fsyntax-only', '-include', 'MQTTAsync.h', '-x', 'c', '/dev/null'],
        apt: PACKAGE,
        remedy: `apt-get install ${PACKAGE}`,
      },
    ],
    steps: [['sh', 'build.sh', '{build}']],
    run: ['{build}/driver'],
  },
})
