import type { Recipe } from '../../recipes/recipe.ts'

/** Debian's packages, unpacked; the same program speaks MQTT or AMQP, as its arguments say. */
export const rabbitmqRecipe: Recipe = {
  folder: 'rabbitmq',
  needs: [
    { program: 'apt-get', remedy: 'it is made of Debian packages, on Debian or Ubuntu only' },
    { program: 'dpkg-deb', remedy: 'it is made of Debian packages, on Debian or Ubuntu only' },
    { test: ['apt-cache', 'show', 'rabbitmq-server'], remedy: 'apt-get update' },
  ],
  steps: [['sh', 'build.sh', '{build}']],
  run: ['{build}/rabbitmq.sh'],
}
