/** Run as a process of its own by the tests: starts a mosquitto, says where, and waits to be killed. */
import { mosquitto } from '../../../src/peers/brokers/mosquitto.ts'

const broker = await mosquitto.start({})
console.log(JSON.stringify(broker.address))
setInterval(() => {}, 1000)
